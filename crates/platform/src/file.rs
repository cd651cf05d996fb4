//! Opening, reading and writing files for the host.

mod confined;
mod settled;

pub use confined::{Refusal, foresee, open_confined};
pub use settled::settled;

use crate::{Error, Result, spare};
use nix::errno::Errno;
use nix::fcntl::OFlag;
pub use nix::unistd::Whence;
use std::ffi::{OsStr, OsString};
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};

/// How a file is opened: what fopen(3) calls its mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenMode {
    first: Letter,
    /// The `+`: both reading and writing.
    update: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Letter {
    Read,
    Write,
    Append,
}

impl OpenMode {
    /// The mode that `text` spells; no other spellings exist (compat.md C.4).
    pub fn parse(text: &str) -> Option<OpenMode> {
        let (first, rest) = match text.split_at_checked(1)? {
            ("r", rest) => (Letter::Read, rest),
            ("w", rest) => (Letter::Write, rest),
            ("a", rest) => (Letter::Append, rest),
            _ => return None,
        };
        match rest {
            "" | "b" => Some(OpenMode { first, update: false }),
            "+" | "b+" | "+b" => Some(OpenMode { first, update: true }),
            _ => None,
        }
    }

    /// Whether it lets one read.
    pub fn reads(self) -> bool {
        self.update || self.first == Letter::Read
    }

    /// Whether it lets one write.
    pub fn writes(self) -> bool {
        self.update || self.first != Letter::Read
    }

    fn creates(self) -> bool {
        self.first != Letter::Read
    }

    fn options(self) -> OpenOptions {
        let mut options = OpenOptions::new();
        options.read(self.reads());
        match self.first {
            Letter::Read => options.write(self.update),
            Letter::Write => options.write(true).truncate(true),
            Letter::Append => options.append(true),
        };
        options.custom_flags(NOT_WAITING.bits());
        options
    }

    /// The flags of open(2) for a file that is new.
    fn new_flags(self) -> OFlag {
        let access = match (self.reads(), self.writes()) {
            (true, true) => OFlag::O_RDWR,
            (true, false) => OFlag::O_RDONLY,
            (false, _) => OFlag::O_WRONLY,
        };
        let append = if self.first == Letter::Append { OFlag::O_APPEND } else { OFlag::empty() };
        access | append | NOT_WAITING
    }
}

/// A terminal must not become ours, and a pipe must not make us wait for its other end.
const NOT_WAITING: OFlag = OFlag::O_NOCTTY.union(OFlag::O_NONBLOCK);

/// Opens `path`; `spelled` is the mode as the host spelled it, for the error's text.
pub fn open(path: &str, mode: OpenMode, spelled: &str) -> Result<File> {
    let target = system_path(path);
    let failed =
        |error: io::Error| Error::new(format!("failed to open file '{path}' (mode: '{spelled}')"), error);
    spare::leave(spare::BY_FILES).map_err(failed)?;
    if mode.creates() {
        match mode.options().create_new(true).mode(0o000).open(&target) {
            Ok(file) => return share(file, path, spelled),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(error)),
        }
    }
    mode.options().open(&target).map_err(failed)
}

/// Created without any permission, so that nobody has it open before its mode is what it should be.
fn share(file: File, path: &str, spelled: &str) -> Result<File> {
    let doing = || format!("failed to set permission 0666 on new file '{path}' (mode: '{spelled}')");
    file.set_permissions(Permissions::from_mode(0o666)).map_err(|error| Error::new(doing(), error))?;
    Ok(file)
}

/// The bytes that a string of a request stands for. U+0000 travels as the two bytes C0 80, as no C string
/// holds it (compat.md A.3).
pub fn system_path(text: &str) -> OsString {
    if !text.contains('\0') {
        return OsStr::new(text).to_owned();
    }
    let parts: Vec<&[u8]> = text.split('\0').map(str::as_bytes).collect();
    OsString::from_vec(parts.join(&b"\xC0\x80"[..]))
}

/// Room that is made for what is read before it is known how much there is.
const USUAL_READ: usize = 256 << 10;

/// Reads `count` bytes, or fewer if the end or a pipe's present end comes first; tells whether the end was
/// met.
pub fn read(file: &mut File, count: u64) -> Result<(Vec<u8>, bool)> {
    let wanted = usize::try_from(count).unwrap_or(usize::MAX);
    let (mut bytes, mut filled) = (Vec::new(), 0);
    let mut end = false;
    while filled < wanted && !end {
        if filled == bytes.len() {
            make_room(&mut bytes, wanted)?;
        }
        match file.read(bytes.get_mut(filled..).unwrap_or_default()) {
            Ok(read) => (filled, end) = (filled + read, read == 0),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) if filled > 0 => break,
            Err(error) => return Err(cannot_read(error)),
        }
    }
    bytes.truncate(filled);
    Ok((bytes, end))
}

/// Doubles the room, from a usual size on up to what is wanted: there may be less than that.
fn make_room(bytes: &mut Vec<u8>, wanted: usize) -> Result<()> {
    let room = bytes.len().saturating_mul(2).max(USUAL_READ).min(wanted);
    bytes.try_reserve_exact(room - bytes.len()).map_err(cannot_read)?;
    bytes.resize(room, 0);
    Ok(())
}

fn cannot_read(error: impl Into<io::Error>) -> Error {
    Error::new("failed to read file", error)
}

/// Writes all of `bytes`, or as many as a full pipe takes; tells how many.
pub fn write(file: &mut File, bytes: &[u8]) -> Result<usize> {
    let mut rest = bytes;
    while !rest.is_empty() {
        match file.write(rest) {
            Ok(0) => break,
            Ok(written) => rest = rest.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && rest.len() < bytes.len() => break,
            Err(error) => return Err(Error::new("failed to write to file", error)),
        }
    }
    Ok(bytes.len() - rest.len())
}

/// Moves by `offset` bytes from `whence`; tells where that is from the beginning. The end of a file is where its size
/// says, as for fseek(3): files of /proc, which have none, know no other.
pub fn seek(file: &File, offset: i64, whence: Whence) -> Result<i64> {
    let moved = match nix::unistd::lseek(file, offset, whence) {
        Err(Errno::EINVAL) if matches!(whence, Whence::SeekEnd) => from_size(file, offset),
        moved => moved,
    };
    moved.map_err(|error| Error::new("failed to seek file", error))
}

fn from_size(file: &File, offset: i64) -> nix::Result<i64> {
    let status = nix::sys::stat::fstat(file)?;
    let place = status.st_size.checked_add(offset).ok_or(Errno::EINVAL)?;
    nix::unistd::lseek(file, place, Whence::SeekSet)
}

/// Closes; some filesystems tell only now that something was not written.
pub fn close(file: File) -> Result<()> {
    nix::unistd::close(file).map_err(|error| Error::new("failed to close handle", error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn opened(path: &Path, mode: &str) -> Result<File> {
        open(path.to_str().unwrap(), OpenMode::parse(mode).unwrap(), mode)
    }

    #[test]
    fn only_the_listed_spellings_are_modes() {
        for mode in
            ["r", "rb", "w", "wb", "a", "ab", "r+", "rb+", "r+b", "w+", "wb+", "w+b", "a+", "ab+", "a+b"]
        {
            assert!(OpenMode::parse(mode).is_some(), "{mode}");
        }
        for mode in ["", "x", "wx", "re", "rt", "br", "+r", "r ", "R", "rw", "w++"] {
            assert!(OpenMode::parse(mode).is_none(), "{mode}");
        }
    }

    #[test]
    fn a_file_of_proc_ends_where_its_size_says() {
        let file = opened(Path::new("/proc/version"), "r").unwrap();
        assert_eq!(seek(&file, 0, Whence::SeekEnd).unwrap(), 0);
        assert_eq!(seek(&file, 10, Whence::SeekEnd).unwrap(), 10);
        for offset in [-5, i64::MIN] {
            assert!(seek(&file, offset, Whence::SeekEnd).is_err(), "{offset}");
        }
    }

    #[test]
    fn a_new_file_is_everybodys_and_an_old_one_keeps_its_mode() {
        let scratch = tempfile::tempdir().unwrap();
        let (new, old) = (scratch.path().join("new"), scratch.path().join("old"));
        std::fs::write(&old, "text").unwrap();
        std::fs::set_permissions(&old, Permissions::from_mode(0o600)).unwrap();
        for path in [&new, &old] {
            drop(opened(path, "w").unwrap());
        }
        let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        assert_eq!((mode(&new), mode(&old)), (0o666, 0o600));
        assert_eq!(std::fs::read(&old).unwrap(), b"");
    }

    #[test]
    fn the_end_is_met_only_by_a_read_that_goes_beyond() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("file");
        std::fs::write(&path, "hello").unwrap();
        let mut file = opened(&path, "r").unwrap();
        assert_eq!(read(&mut file, 0).unwrap(), (vec![], false));
        assert_eq!(read(&mut file, 5).unwrap(), (b"hello".to_vec(), false));
        assert_eq!(read(&mut file, 5).unwrap(), (vec![], true));
    }

    #[test]
    fn what_a_pipe_holds_is_not_lost_when_it_runs_dry() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("pipe");
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert_eq!(
            opened(&path, "w").unwrap_err().to_string().rsplit(": ").next(),
            Some("No such device or address")
        );
        let mut reader = opened(&path, "r").unwrap();
        let mut writer = opened(&path, "w").unwrap();
        assert_eq!(write(&mut writer, b"some").unwrap(), 4);
        assert_eq!(read(&mut reader, 100).unwrap(), (b"some".to_vec(), false));
        let dry = read(&mut reader, 100).unwrap_err().to_string();
        assert_eq!(dry, "failed to read file: Resource temporarily unavailable");
        let written = write(&mut writer, &vec![0; 1 << 20]).unwrap();
        assert!(written > 0 && written < 1 << 20);
    }

    #[test]
    fn a_null_character_reaches_the_system_as_two_bytes() {
        assert_eq!(system_path("a\0b").as_encoded_bytes(), b"a\xC0\x80b");
        assert_eq!(system_path("/plain").as_encoded_bytes(), b"/plain");
    }
}
