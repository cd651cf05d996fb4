//! The systemd journal, in its own protocol: <https://systemd.io/JOURNAL_NATIVE_PROTOCOL>.

use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where the journal listens.
const SOCKET: &str = "/run/systemd/journal/socket";

/// How long a busy journal is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// A way to the journal.
#[derive(Debug)]
pub struct Journal {
    socket: UnixDatagram,
    path: PathBuf,
}

/// A field of an entry: a name of capital letters, digits and underscores, and its value.
pub type Field<'a> = (&'a str, &'a str);

impl Journal {
    /// The system's journal. Whether there is one shows when something is sent.
    pub fn new() -> io::Result<Journal> {
        Journal::at(Path::new(SOCKET))
    }

    /// The journal that listens at `path`.
    pub fn at(path: &Path) -> io::Result<Journal> {
        let socket = UnixDatagram::unbound()?;
        socket.set_write_timeout(Some(PATIENCE))?;
        Ok(Journal { socket, path: path.to_owned() })
    }

    /// Adds an entry. Waits a moment for a journal that is busy; an error if there is none, or none that is well.
    ///
    /// Not connected, so that a journal that was started again is found.
    pub fn send<'a>(&self, fields: impl IntoIterator<Item = Field<'a>>) -> io::Result<()> {
        let mut entry = Vec::new();
        for (name, value) in fields {
            append(&mut entry, name, value);
        }
        self.socket.send_to(&entry, &self.path).map(drop)
    }
}

/// A value with a line feed in it is led by its length instead of an equals sign.
fn append(entry: &mut Vec<u8>, name: &str, value: &str) {
    entry.extend_from_slice(name.as_bytes());
    if value.contains('\n') {
        entry.push(b'\n');
        entry.extend_from_slice(&(value.len() as u64).to_le_bytes());
    } else {
        entry.push(b'=');
    }
    entry.extend_from_slice(value.as_bytes());
    entry.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_a_line_for_each_field_or_a_length_and_lines() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("socket");
        let daemon = UnixDatagram::bind(&path).unwrap();
        let journal = Journal::at(&path).unwrap();
        journal.send([("MESSAGE", "a = b"), ("QGA_ERROR", "one\ntwo"), ("PRIORITY", "6")]).unwrap();
        let mut entry = [0; 100];
        let count = daemon.recv(&mut entry).unwrap();
        let expected = b"MESSAGE=a = b\nQGA_ERROR\n\x07\0\0\0\0\0\0\0one\ntwo\nPRIORITY=6\n";
        assert_eq!(&entry[..count], expected);
    }

    #[test]
    fn where_there_is_no_journal_that_is_said() {
        let directory = tempfile::tempdir().unwrap();
        let journal = Journal::at(&directory.path().join("absent")).unwrap();
        assert_eq!(journal.send([("MESSAGE", "x")]).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
