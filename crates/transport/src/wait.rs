//! Blocking on one descriptor.

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// Makes reads, writes and accepts of the descriptor block.
pub(crate) fn set_blocking(fd: &impl AsFd) -> io::Result<()> {
    let flags = OFlag::from_bits_retain(fcntl(fd, FcntlArg::F_GETFL)?);
    fcntl(fd, FcntlArg::F_SETFL(flags - OFlag::O_NONBLOCK))?;
    Ok(())
}

/// For those who found that a call would block: waits until one of `wanted` or a hang-up is there, and says
/// which. Past the deadline it is an error of the kind `TimedOut`.
pub(crate) fn wait(fd: &impl AsFd, wanted: PollFlags, deadline: Option<Instant>) -> io::Result<PollFlags> {
    loop {
        let mut fds = [PollFd::new(fd.as_fd(), wanted)];
        match poll(&mut fds, time_left(deadline)?) {
            Ok(0) | Err(Errno::EINTR) => {}
            Ok(_) => return Ok(fds.iter().filter_map(PollFd::revents).collect()),
            Err(error) => return Err(error.into()),
        }
    }
}

fn time_left(deadline: Option<Instant>) -> io::Result<PollTimeout> {
    let Some(deadline) = deadline else { return Ok(PollTimeout::NONE) };
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(io::ErrorKind::TimedOut.into());
    }
    // Rounded up, as a wait of zero would spin through the last millisecond.
    Ok(PollTimeout::try_from(left + Duration::from_millis(1)).unwrap_or(PollTimeout::MAX))
}
