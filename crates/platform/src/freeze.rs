//! Stilling and trimming mounted filesystems.

mod sys;

use crate::{Error, Result};
use nix::errno::Errno;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// What can be done to a filesystem by one of its mount points.
pub trait Filesystems: Send + Sync {
    /// Writes out what is in memory, and has writers wait. Blocks for as long as that takes.
    fn freeze(&self, mount_point: &Path) -> Result<Freezing>;
    /// Lets writers go on, however often it was frozen. Tells whether it was.
    fn thaw(&self, mount_point: &Path) -> Result<bool>;
    /// Tells the disk what is unused, ranges shorter than `minimum` bytes left out.
    fn trim(&self, mount_point: &Path, minimum: u64) -> Result<Trimmed>;
}

/// What became of a filesystem that was to be frozen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freezing {
    /// It is frozen now.
    Frozen,
    /// Somebody else has frozen it before.
    AlreadyFrozen,
    /// It cannot be frozen.
    Unsupported,
}

/// What a filesystem tells of a trim, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trimmed {
    /// What the disk was told to be unused.
    pub trimmed: u64,
    /// The shortest range, as the filesystem chose it.
    pub minimum: u64,
}

/// The real ones, by the kernel's ioctls: see `ioctl_fifreeze(2)` and fstrim(8).
pub struct MountedFilesystems;

impl Filesystems for MountedFilesystems {
    fn freeze(&self, mount_point: &Path) -> Result<Freezing> {
        let Held { file, .. } = Held::open(mount_point)?;
        match sys::freeze(&file) {
            Ok(()) => Ok(Freezing::Frozen),
            Err(Errno::EBUSY) => Ok(Freezing::AlreadyFrozen),
            Err(Errno::EOPNOTSUPP) => Ok(Freezing::Unsupported),
            Err(error) => Err(failed("freeze", mount_point, error)),
        }
    }

    fn thaw(&self, mount_point: &Path) -> Result<bool> {
        Held::open(mount_point)?.thaw()
    }

    fn trim(&self, mount_point: &Path, minimum: u64) -> Result<Trimmed> {
        let file = open(mount_point).map_err(|error| Error::new("failed to open", error))?;
        match sys::trim(&file, minimum) {
            Ok(trimmed) => Ok(trimmed),
            Err(Errno::ENOTTY | Errno::EOPNOTSUPP) => Err(Error::told("trim not supported")),
            Err(error) => Err(Error::new("failed to trim", error)),
        }
    }
}

/// A mount point that is held open: what it shows can be thawed when nothing can be looked up any more.
#[derive(Debug)]
pub struct Held {
    /// The path by which it was opened.
    pub mount_point: PathBuf,
    file: File,
}

impl Held {
    /// Opens a mount point, which stays busy for as long as this lives.
    pub fn open(mount_point: &Path) -> Result<Held> {
        let file = open(mount_point).map_err(|error| failed("open", mount_point, error))?;
        Ok(Held { mount_point: mount_point.to_owned(), file })
    }

    /// Lets writers go on, however often the filesystem was frozen. Tells whether it was.
    pub fn thaw(&self) -> Result<bool> {
        thaw_wholly(|| sys::thaw(&self.file)).map_err(|error| failed("thaw", &self.mount_point, error))
    }
}

/// A mount point may be any kind of file; opening it must neither wait nor act on a device.
fn open(mount_point: &Path) -> io::Result<File> {
    let flags = nix::fcntl::OFlag::O_NONBLOCK | nix::fcntl::OFlag::O_NOCTTY;
    OpenOptions::new().read(true).custom_flags(flags.bits()).open(mount_point)
}

fn failed(act: &str, mount_point: &Path, error: impl Into<io::Error>) -> Error {
    Error::new(format!("failed to {act} {}", mount_point.display()), error)
}

/// A filesystem may be frozen several times over, by its mount and by its device; `EINVAL` tells that it is
/// not frozen any more.
fn thaw_wholly(mut thaw: impl FnMut() -> nix::Result<()>) -> nix::Result<bool> {
    let mut was_frozen = false;
    loop {
        match thaw() {
            Ok(()) => was_frozen = true,
            Err(Errno::EINVAL) => return Ok(was_frozen),
            Err(error) => return if was_frozen { Ok(true) } else { Err(error) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thawed(answers: &[nix::Result<()>]) -> nix::Result<bool> {
        let mut answers = answers.iter();
        thaw_wholly(|| *answers.next().unwrap())
    }

    #[test]
    fn thawing_goes_on_until_the_filesystem_says_that_it_is_not_frozen() {
        assert_eq!(thawed(&[Err(Errno::EINVAL)]), Ok(false));
        assert_eq!(thawed(&[Ok(()), Ok(()), Err(Errno::EINVAL)]), Ok(true));
        assert_eq!(thawed(&[Ok(()), Err(Errno::EIO)]), Ok(true));
        assert_eq!(thawed(&[Err(Errno::EPERM)]), Err(Errno::EPERM));
    }

    #[test]
    fn a_mount_point_that_cannot_be_opened_is_named() {
        let gone = Path::new("/no/such mount");
        let told = MountedFilesystems.freeze(gone).unwrap_err().to_string();
        assert_eq!(told, "failed to open /no/such mount: No such file or directory");
        let told = MountedFilesystems.trim(gone, 0).unwrap_err().to_string();
        assert_eq!(told, "failed to open: No such file or directory");
    }

    #[test]
    fn a_pipe_can_be_a_mount_point() {
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("pipe");
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
        open(&pipe).unwrap();
    }
}
