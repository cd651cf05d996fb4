//! Descriptors that files and programs of the host may not use up.

use nix::errno::Errno;
use rustix::process::{Resource, getrlimit};
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

/// So many are left by files: for programs, and for what is left by those.
pub(crate) const BY_FILES: u64 = 64;
/// So many are left by programs: for new clients, for what commands read, and for the agent's own files.
pub(crate) const BY_PROGRAMS: u64 = 32;

/// Refuses, as the system does when there are none at all, once no more than `spare` descriptors are left.
///
/// A new descriptor has the lowest number that is free (open(2)), so one is opened to see.
pub(crate) fn leave(spare: u64) -> io::Result<()> {
    let Some(most) = getrlimit(Resource::Nofile).current else { return Ok(()) };
    let lowest = match File::open("/dev/null") {
        Ok(file) => u64::try_from(file.as_raw_fd()).unwrap_or_default(),
        Err(error) if error.raw_os_error() == Some(Errno::EMFILE as i32) => return Err(error),
        // Without that file nothing is known, and nothing refused.
        Err(_) => return Ok(()),
    };
    if lowest >= most.saturating_sub(spare) { Err(Errno::EMFILE.into()) } else { Ok(()) }
}
