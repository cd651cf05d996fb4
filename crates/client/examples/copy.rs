//! Copies a file from a guest or to it.
//!
//! ```sh
//! cargo run -p qga-client --example copy unix:/run/guest.sock get /etc/os-release os-release
//! cargo run -p qga-client --example copy unix:/run/guest.sock put notes.txt /tmp/notes.txt
//! ```

use qga_client::{Client, FileError, Options};
use std::env;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

/// How many bytes are taken of a guest's file: one that is hostile has no end.
const MOST: u64 = 64 << 30;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [address, direction, from, to] = arguments.as_slice() else {
        return Err("usage: copy ADDRESS get|put FROM TO".into());
    };
    let mut client = Client::connect(&address.parse()?, Options::default())?;
    let progress = |bytes| drop(write!(io::stderr(), "\r{bytes} bytes"));
    let copied = match direction.as_str() {
        "get" => get(&mut client, from, Path::new(to), MOST, progress),
        "put" => put(&mut client, Path::new(from), to, progress),
        _ => return Err("copies go by get or put".into()),
    };
    writeln!(io::stderr())?;
    copied?;
    Ok(())
}

/// Copies the guest's file `from` to this host, if it has no more than `most` bytes, and says how many it has.
pub(crate) fn get(
    client: &mut Client,
    from: &str,
    to: &Path,
    most: u64,
    progress: impl FnMut(u64),
) -> Result<u64, FileError> {
    let mut limited = AtMost { to: File::create(to)?, left: most };
    let bytes = client.read_file(from, &mut limited, progress)?;
    limited.to.sync_all()?;
    Ok(bytes)
}

/// Copies this host's file `from` to the guest, and says how many bytes it has.
pub(crate) fn put(
    client: &mut Client,
    from: &Path,
    to: &str,
    progress: impl FnMut(u64),
) -> Result<u64, FileError> {
    client.write_file(to, &mut File::open(from)?, progress)
}

/// Refuses what is too much.
struct AtMost<W> {
    to: W,
    left: u64,
}

impl<W: Write> Write for AtMost<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let left = self.left.checked_sub(bytes.len() as u64);
        self.left = left.ok_or(ErrorKind::FileTooLarge)?;
        self.to.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
