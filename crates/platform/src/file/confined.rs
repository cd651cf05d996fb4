//! Opening only what a rule permits, decided on the file that is really opened.
//!
//! The path is walked once, to a descriptor that gives no access yet (`O_PATH`, open(2)). What the descriptor
//! leads to is looked at, and only then opened, through the descriptor. So it does not matter what links the
//! path goes through, or who changes them meanwhile: what was looked at is what is opened.

use super::{OpenMode, share, system_path};
use crate::{Error, spare};
use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, OFlag, OpenHow, ResolveFlag, openat, openat2, readlink};
use nix::sys::stat::{Mode, SFlag, fstat};
use nix::unistd::{UnlinkatFlags, unlinkat};
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// How often it is looked again whether a file is there that was just found to be, or not to be.
const MOST_TRIES: usize = 8;
/// What the kernel adds to the path of a file that has none any more: `proc_pid_fd(5)`.
const DELETED: &[u8] = b" (deleted)";

/// Why a file is not opened.
#[derive(Debug)]
pub enum Refusal {
    /// No rule permits it; the words are for the owner of the guest, not for the host.
    NotPermitted(String),
    /// The system does not open it.
    System(Error),
}

/// What is not permitted, and why, if it is not by the path alone.
#[derive(Debug)]
struct Denied(String);

/// Opens as [`super::open`] does, if what `path` leads to is a regular file of one name, and `permits` its
/// path, which has no links in it. A file to be made must be permitted, too.
///
/// A file with more than one name is refused, as its other names may be such that no rule permits. A path that
/// leads nowhere is not told from one that is refused, unless `permits` it as it is written. Links of `/proc`
/// that lead anywhere (`/proc/self/fd`, `/proc/PID/root`) are not followed at all: they may leave the mount
/// namespace, where paths mean something else. Needs openat2(2), so Linux 5.6.
pub fn open_confined(
    path: &str,
    mode: OpenMode,
    spelled: &str,
    permits: &dyn Fn(&Path) -> bool,
) -> Result<File, Refusal> {
    let failed = |error: Errno| {
        let doing = format!("failed to open file '{path}' (mode: '{spelled}')");
        Refusal::System(Error::new(doing, error))
    };
    spare::leave(spare::BY_FILES).map_err(|error| failed(errno(&error)))?;
    let target = PathBuf::from(system_path(path));
    let unfound = |error: Errno| {
        let told = is_plain(&target) && permits(&target);
        if told { failed(error) } else { Denied::at(&target, error.desc()).into() }
    };
    for _ in 0..MOST_TRIES {
        match pin(&target, OFlag::empty()) {
            Ok(pinned) => {
                check(&pinned, permits)?;
                return mode.options().open(through(&pinned)).map_err(|error| failed(errno(&error)));
            }
            Err(Errno::ENOENT) if mode.creates() => {}
            Err(error) => return Err(unfound(error)),
        }
        let (directory, name) = parent(&target).map_err(unfound)?;
        if let Some(file) = create(&directory, name, mode, permits, &failed)? {
            return share(file, path, spelled).map_err(Refusal::System);
        }
    }
    // Something keeps coming and going there, or it is a link that leads nowhere.
    Err(unfound(Errno::ENOENT))
}

/// Where `path` leads to, if it may be opened there: what [`open_confined`] would find, with nothing opened or
/// made.
pub fn foresee(path: &str, permits: &dyn Fn(&Path) -> bool) -> Result<PathBuf, String> {
    look(path, permits).map_err(|denied| denied.0)
}

fn look(path: &str, permits: &dyn Fn(&Path) -> bool) -> Result<PathBuf, Denied> {
    let target = PathBuf::from(system_path(path));
    match pin(&target, OFlag::empty()) {
        Ok(pinned) => check(&pinned, permits),
        Err(Errno::ENOENT) => {
            let denied = |error: Errno| Denied::at(&target, error.desc());
            let (directory, name) = parent(&target).map_err(denied)?;
            let real = real_path(&directory)?.join(name);
            if permits(&real) { Ok(real) } else { Err(Denied::at(&real, "")) }
        }
        Err(error) => Err(Denied::at(&target, error.desc())),
    }
}

/// Makes the file; `None` if there is something of that name.
fn create(
    directory: &OwnedFd,
    name: &OsStr,
    mode: OpenMode,
    permits: &dyn Fn(&Path) -> bool,
    failed: &dyn Fn(Errno) -> Refusal,
) -> Result<Option<File>, Refusal> {
    let path = real_path(directory)?.join(name);
    if !permits(&path) {
        return Err(Denied::at(&path, "").into());
    }
    let flags = mode.new_flags() | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_CLOEXEC;
    let file = match openat(directory, name, flags, Mode::empty()) {
        Ok(file) => file,
        Err(Errno::EEXIST) => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    // The directory may have been moved since its path was looked at.
    if let Err(denied) = check(&file, permits) {
        unlinkat(directory, name, UnlinkatFlags::NoRemoveDir).map_err(failed)?;
        return Err(denied.into());
    }
    Ok(Some(file.into()))
}

/// A descriptor of what is there, which gives no access to it.
fn pin(path: &Path, flags: OFlag) -> nix::Result<OwnedFd> {
    let flags = flags | OFlag::O_PATH | OFlag::O_CLOEXEC;
    let how = OpenHow::new().flags(flags).resolve(ResolveFlag::RESOLVE_NO_MAGICLINKS);
    openat2(AT_FDCWD, path, how)
}

/// The directory in which a file is to be made, and the file's name.
fn parent(path: &Path) -> nix::Result<(OwnedFd, &OsStr)> {
    // `file_name` passes over a slash or a dot at the end, with which nothing can be made.
    let bytes = path.as_os_str().as_bytes();
    let name = path.file_name().filter(|name| bytes.ends_with(name.as_bytes())).ok_or(Errno::EISDIR)?;
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    Ok((pin(directory.unwrap_or(Path::new(".")), OFlag::O_DIRECTORY)?, name))
}

/// Tells the path of an open file that may be used.
fn check(file: &OwnedFd, permits: &dyn Fn(&Path) -> bool) -> Result<PathBuf, Denied> {
    // First the links, then the path: who removes the name that the file was found by after they were counted
    // makes the path end in DELETED.
    let stat = fstat(file).map_err(unseen)?;
    let path = real_path(file)?;
    if SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT != SFlag::S_IFREG {
        return Err(Denied::at(&path, "not a regular file"));
    }
    if stat.st_nlink != 1 {
        return Err(Denied::at(&path, "it has other names (hard links)"));
    }
    if permits(&path) { Ok(path) } else { Err(Denied::at(&path, "")) }
}

/// The path of what is open, without links.
fn real_path(file: &OwnedFd) -> Result<PathBuf, Denied> {
    let path = PathBuf::from(readlink(&through(file)).map_err(unseen)?);
    // A file can really be called so; it cannot be told from one that has been removed, and is not opened.
    if path.as_os_str().as_bytes().ends_with(DELETED) {
        return Err(Denied::at(&path, "it has been removed"));
    }
    if path.is_absolute() { Ok(path) } else { Err(Denied::at(&path, "out of reach")) }
}

fn unseen(error: Errno) -> Denied {
    Denied(format!("what is open cannot be looked at: {}", error.desc()))
}

/// The path that leads to what is open, whatever becomes of its name: `proc_pid_fd(5)`.
fn through(file: &OwnedFd) -> PathBuf {
    format!("/proc/self/fd/{}", file.as_raw_fd()).into()
}

/// Whether a path says where it leads to, if there are no links.
fn is_plain(path: &Path) -> bool {
    path.is_absolute() && path.components().all(|part| part != Component::ParentDir)
}

fn errno(error: &io::Error) -> Errno {
    Errno::from_raw(error.raw_os_error().unwrap_or_default())
}

impl Denied {
    fn at(path: &Path, why: &str) -> Denied {
        let colon = if why.is_empty() { "" } else { ": " };
        Denied(format!("{}{colon}{why}", path.display()))
    }
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Refusal {
        Refusal::NotPermitted(denied.0)
    }
}

#[cfg(test)]
mod tests;
