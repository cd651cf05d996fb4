//! The directory and the file in it.

use crate::account::Account;
use crate::{Error, Result, Root};
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, openat, renameat};
use nix::sys::stat::{FileStat, Mode, SFlag, fchmod, fstat, fstatat, mkdirat};
use nix::unistd::{UnlinkatFlags, unlinkat};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::PathBuf;

const DIRECTORY: &str = ".ssh";
const FILE: &str = "authorized_keys";
/// How large the file may be: some thousands of keys.
const MOST_BYTES: u64 = 1 << 20;
/// How many names for a new file are tried.
const MOST_NAMES: u32 = 100;
/// Where SELinux keeps the label of a file.
const LABEL: &str = "security.selinux";
const MOST_LABEL_BYTES: usize = 4096;

/// Where a user's keys are to be.
pub(super) struct Place {
    home: PathBuf,
    /// The directory and the file, as errors tell them.
    directory: String,
    file: String,
}

/// The open directory.
pub(super) struct Directory<'a> {
    fd: OwnedFd,
    place: &'a Place,
}

/// The file as it was found.
pub(super) struct Current<'a> {
    file: File,
    stat: FileStat,
    place: &'a Place,
}

impl Place {
    pub(super) fn of(root: &Root, account: &Account) -> Place {
        let directory = account.home.join(DIRECTORY);
        Place {
            home: root.path(&account.home),
            file: directory.join(FILE).to_string_lossy().into_owned(),
            directory: directory.to_string_lossy().into_owned(),
        }
    }

    /// `None` if there is no directory, or no home for it.
    pub(super) fn open(&self) -> Result<Option<Directory<'_>>> {
        match self.open_home().and_then(|home| self.open_in(&home)) {
            Ok(directory) => Ok(Some(directory)),
            Err(Errno::ENOENT) => Ok(None),
            Err(error) => Err(self.unopened(error)),
        }
    }

    /// Makes the directory in the home, which must be there.
    pub(super) fn make(&self) -> Result<Directory<'_>> {
        let failed =
            |error: Errno| Error::new(format!("failed to create directory '{}'", self.directory), error);
        let home = self.open_home().map_err(failed)?;
        match mkdirat(&home, DIRECTORY, Mode::S_IRWXU) {
            Ok(()) | Err(Errno::EEXIST) => self.open_in(&home).map_err(failed),
            Err(error) => Err(failed(error)),
        }
    }

    pub(super) fn missing(&self) -> Error {
        self.unopened(Errno::ENOENT)
    }

    /// The home itself may be a link: its place is the administrator's choice.
    fn open_home(&self) -> nix::Result<OwnedFd> {
        nix::fcntl::open(&self.home, PASSAGE, Mode::empty())
    }

    fn open_in(&self, home: &OwnedFd) -> nix::Result<Directory<'_>> {
        let fd = openat(home, DIRECTORY, PASSAGE | OFlag::O_NOFOLLOW, Mode::empty())?;
        Ok(Directory { fd, place: self })
    }

    fn unopened(&self, reason: Errno) -> Error {
        let file = &self.file;
        Error::new(format!("failed to read '{file}': Failed to open file \u{201C}{file}\u{201D}"), reason)
    }

    fn unread(&self, reason: impl Into<io::Error>) -> Error {
        Error::new(format!("failed to read '{}'", self.file), reason)
    }

    fn unwritten(&self, reason: impl Into<io::Error>) -> Error {
        Error::new(format!("failed to write to '{}'", self.file), reason)
    }
}

/// A directory to go on from; whether it can be listed does not matter.
const PASSAGE: OFlag = OFlag::O_PATH.union(OFlag::O_DIRECTORY).union(OFlag::O_CLOEXEC);

impl<'a> Directory<'a> {
    /// The file; `None` if there is none.
    pub(super) fn current(&self) -> Result<Option<Current<'a>>> {
        // Neither a pipe's other end nor the holder of a lease is waited for.
        let flags =
            OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
        let file = match openat(&self.fd, FILE, flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(Errno::ENOENT) => return Ok(None),
            Err(error) => return Err(self.place.unopened(error)),
        };
        let stat = fstat(&file).map_err(|error| self.place.unread(error))?;
        if kind(&stat) != SFlag::S_IFREG {
            return Err(self.place.unread(io::Error::other("it is not a regular file")));
        }
        Ok(Some(Current { file, stat, place: self.place }))
    }

    /// Puts a new file in the place of `old`, or of none. `false` if the file is not `old` any more.
    pub(super) fn replace(&self, old: Option<&Current<'_>>, content: &[u8]) -> Result<bool> {
        if content.len() as u64 > MOST_BYTES {
            return Err(self.unwritten(&format!("it would be larger than {MOST_BYTES} bytes")));
        }
        let (name, file) = self.create().map_err(|error| self.place.unwritten(error))?;
        let replaced = self.fill(file, old, content).and_then(|()| self.put_in_place(&name, old));
        if !matches!(replaced, Ok(true)) {
            unlinkat(&self.fd, name.as_str(), UnlinkatFlags::NoRemoveDir)
                .map_err(|error| Error::new(format!("{}; and {name} stays", reason(&replaced)), error))?;
        }
        replaced
    }

    /// Why the file is not what it should be.
    pub(super) fn unwritten(&self, reason: &str) -> Error {
        self.place.unwritten(io::Error::other(reason))
    }

    fn create(&self) -> nix::Result<(String, File)> {
        let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_CLOEXEC;
        let mut outcome = Err(Errno::EEXIST);
        for number in 0..MOST_NAMES {
            let name = format!(".{FILE}.{number}");
            outcome = openat(&self.fd, name.as_str(), flags, Mode::S_IRUSR | Mode::S_IWUSR)
                .map(|fd| (name, File::from(fd)));
            if !matches!(outcome, Err(Errno::EEXIST)) {
                break;
            }
        }
        outcome
    }

    /// Gives the new file its content, and the mode and label of the old one.
    fn fill(&self, mut file: File, old: Option<&Current<'_>>, content: &[u8]) -> Result<()> {
        if let Some(old) = old {
            let mode =
                Mode::from_bits_truncate(old.stat.st_mode) & (Mode::S_IRWXU | Mode::S_IRWXG | Mode::S_IRWXO);
            fchmod(&file, mode).map_err(|error| {
                Error::new(format!("failed to set permissions of '{}'", self.place.file), error)
            })?;
            if let Err(error) = copy_label(&old.file, &file) {
                log::warn!("{} may get another label: {error}", self.place.file);
            }
        }
        file.write_all(content).and_then(|()| file.sync_all()).map_err(|error| self.place.unwritten(error))
    }

    fn put_in_place(&self, name: &str, old: Option<&Current<'_>>) -> Result<bool> {
        let now = match fstatat(&self.fd, FILE, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(stat) => Some(state(&stat)),
            Err(Errno::ENOENT) => None,
            Err(error) => return Err(self.place.unwritten(error)),
        };
        if now != old.map(|old| state(&old.stat)) {
            return Ok(false);
        }
        renameat(&self.fd, name, &self.fd, FILE).map_err(|error| self.place.unwritten(error))?;
        Ok(true)
    }
}

impl Current<'_> {
    /// For who could read it whatever its permissions: does the user have the right to? A file of another, under
    /// a second name, is not theirs.
    pub(super) fn check_readable_by(&self, account: &Account) -> Result<()> {
        let is_theirs = self.stat.st_uid == account.uid.as_raw();
        let is_everybodys = self.stat.st_mode & Mode::S_IROTH.bits() != 0;
        if is_theirs || is_everybodys { Ok(()) } else { Err(self.place.unopened(Errno::EACCES)) }
    }

    /// All that is in it.
    pub(super) fn content(&self) -> Result<Vec<u8>> {
        let mut content = Vec::new();
        let read = (&self.file).take(MOST_BYTES + 1).read_to_end(&mut content);
        read.map_err(|error| self.place.unread(error))?;
        if content.len() as u64 > MOST_BYTES {
            let large = format!("it is larger than {MOST_BYTES} bytes");
            return Err(self.place.unread(io::Error::other(large)));
        }
        Ok(content)
    }
}

fn kind(stat: &FileStat) -> SFlag {
    SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT
}

/// What is different when it is another file or was written to.
fn state(stat: &FileStat) -> impl PartialEq + use<> {
    (stat.st_dev, stat.st_ino, stat.st_size, stat.st_ctime, stat.st_ctime_nsec)
}

fn copy_label(from: &File, to: &File) -> io::Result<()> {
    let label = |file| {
        let mut label = [0; MOST_LABEL_BYTES];
        let length = rustix::fs::fgetxattr(file, LABEL, &mut label).ok()?;
        label.get(..length).map(<[u8]>::to_vec)
    };
    match label(from) {
        Some(old) if label(to).as_ref() != Some(&old) => {
            Ok(rustix::fs::fsetxattr(to, LABEL, &old, rustix::fs::XattrFlags::empty())?)
        }
        _ => Ok(()),
    }
}

fn reason(outcome: &Result<bool>) -> String {
    match outcome {
        Ok(_) => "others have changed it".to_owned(),
        Err(error) => error.to_string(),
    }
}
