//! Signals.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};

/// Asks a program to end.
pub(crate) fn ask_to_end(child: &mut Child) -> io::Result<()> {
    let id = i32::try_from(child.id()).map_err(io::Error::other)?;
    Ok(kill(Pid::from_raw(id), Signal::SIGTERM)?)
}

/// The signal that ended a program.
pub(crate) fn signal(status: ExitStatus) -> Option<i32> {
    status.signal()
}
