//! The agent as a process.

mod pidfile;
mod sys;

pub use pidfile::{PidFile, PidFileError};

use nix::sys::stat::{Mode, umask};
use nix::unistd::{Uid, chdir, dup2_stderr, dup2_stdin, dup2_stdout, setsid};
use std::fs::OpenOptions;
use std::io;

/// Which of the two processes this is after [`fork`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fork {
    /// The one that there was before.
    Parent,
    /// The new one.
    Child,
}

/// Whether this process runs as root.
pub fn is_root() -> bool {
    Uid::effective().is_root()
}

/// Splits this process in two.
///
/// An error if another thread has been started: the child would hold the locks of threads it does not have.
pub fn fork() -> io::Result<Fork> {
    if thread_count()? != 1 {
        return Err(io::Error::other("cannot go into the background while several threads run"));
    }
    Ok(sys::fork()?)
}

fn thread_count() -> io::Result<usize> {
    match std::fs::read_dir("/proc/self/task") {
        Ok(tasks) => Ok(tasks.count()),
        // Without /proc it cannot be told.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(1),
        Err(error) => Err(error),
    }
}

/// Leaves terminal, session and working directory of the process that started this one; new files are
/// private from here on (daemon(7)).
pub fn detach() -> io::Result<()> {
    umask(Mode::from_bits_truncate(0o077));
    setsid()?;
    chdir("/")?;
    let null = OpenOptions::new().read(true).write(true).open("/dev/null")?;
    dup2_stdin(&null)?;
    dup2_stdout(&null)?;
    dup2_stderr(&null)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_with_several_threads_does_not_fork() {
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let second = std::thread::spawn(move || ended.recv());
        assert!(thread_count().unwrap() > 1);
        assert!(fork().is_err());
        drop(end);
        second.join().unwrap().unwrap_err();
    }
}
