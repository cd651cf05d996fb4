//! The file that tells others the agent's process id, and that no second agent runs beside it.

use crate::error::strerror;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A pid file, locked for as long as this lives and then removed.
#[derive(Debug)]
pub struct PidFile {
    path: PathBuf,
    /// Keeps the lock.
    file: File,
}

/// There is no pid file; worded as by the reference agent.
#[derive(Debug, thiserror::Error)]
pub enum PidFileError {
    /// It cannot be opened or made.
    #[error("Could not create '{}': {}", path.display(), strerror(source))]
    Open {
        /// The pid file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Another agent has it.
    #[error("Cannot lock pid file: {}", strerror(.0))]
    Lock(io::Error),
    /// The id cannot be written.
    #[error("Cannot write pid file: {}", strerror(.0))]
    Write(io::Error),
}

impl PidFile {
    /// Locks the file, which is made if it is missing, and writes the id of this process.
    pub fn create(path: &Path) -> Result<PidFile, PidFileError> {
        let mut file = open_locked(path)?;
        write_id(&mut file).map_err(PidFileError::Write)?;
        Ok(PidFile { path: path.to_owned(), file })
    }
}

impl Drop for PidFile {
    /// Removed while still locked, so that it is certainly not that of another agent.
    fn drop(&mut self) {
        if is_at(&self.file, &self.path).unwrap_or(false) {
            // There is nobody left to tell.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// An agent that ended may have removed the file after it was opened here: then the lock is worth nothing.
fn open_locked(path: &Path) -> Result<File, PidFileError> {
    let open_error = |source| PidFileError::Open { path: path.to_owned(), source };
    loop {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .map_err(open_error)?;
        lock(&file).map_err(PidFileError::Lock)?;
        if is_at(&file, path).map_err(open_error)? {
            return Ok(file);
        }
    }
}

/// A lock of the open file, which excludes those of the process that other agents use. One of the process
/// would be lost when the host opens and closes the pid file through the agent (fcntl(2)).
fn lock(file: &File) -> io::Result<()> {
    let number = |constant: libc::c_int| libc::c_short::try_from(constant).map_err(io::Error::other);
    let whole_file = libc::flock {
        l_type: number(libc::F_WRLCK)?,
        l_whence: number(libc::SEEK_SET)?,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    };
    fcntl(file, FcntlArg::F_OFD_SETLK(&whole_file))?;
    Ok(())
}

fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let opened = file.metadata()?;
    match fs::metadata(path) {
        Ok(named) => Ok((named.dev(), named.ino()) == (opened.dev(), opened.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn write_id(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    writeln!(file, "{}", std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_agent_has_the_pid_file_and_removes_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pid");
        fs::write(&path, "123456789\n").unwrap();
        let ours = PidFile::create(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{}\n", std::process::id()));
        let second = PidFile::create(&path).unwrap_err();
        assert_eq!(second.to_string(), "Cannot lock pid file: Resource temporarily unavailable");
        assert!(path.exists());
        drop(ours);
        assert!(!path.exists());
    }

    #[test]
    fn a_pid_file_that_is_no_longer_ours_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pid");
        let ours = PidFile::create(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let other = PidFile::create(&path).unwrap();
        drop(ours);
        assert!(path.exists());
        drop(other);
    }

    #[test]
    fn a_pid_file_that_cannot_be_made_is_named() {
        let error = PidFile::create(Path::new("/absent/pid")).unwrap_err();
        assert_eq!(error.to_string(), "Could not create '/absent/pid': No such file or directory");
    }
}
