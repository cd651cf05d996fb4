//! The host's side: a connection that keeps deadlines.

use crate::address::Address;
use crate::wait::wait;
use crate::{os, serial};
use nix::errno::Errno;
use nix::poll::PollFlags;
use nix::sys::socket::{
    AddressFamily, SockFlag, SockType, UnixAddr, connect as connect_socket, setsockopt, socket, sockopt,
};
use nix::sys::time::TimeVal;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

/// A connection to an agent. Reads and writes block, but not past the deadline.
#[derive(Debug)]
pub struct Connection {
    file: File,
    deadline: Option<Instant>,
}

/// Connects to an agent, or to QEMU's end of its port. Without a time-out it takes as long as the system
/// lets it; past it the error is of the kind `TimedOut`.
///
/// Being connected says nothing of an agent at the other end: QEMU takes connections for a guest that has none.
pub fn connect(address: &Address, timeout: Option<Duration>) -> io::Result<Connection> {
    let file = match address {
        Address::Unix(path) => File::from(connect_unix(path, timeout)?),
        Address::Vsock(address) => File::from(os::vsock::connect(*address, deadline_in(timeout))?),
        Address::Serial(path) => serial::open_raw(path)?,
    };
    Ok(Connection { file, deadline: None })
}

impl Connection {
    /// Until when reads and writes may take; none means as long as they need. Past it they fail with
    /// `TimedOut`, unless they can be done at once.
    pub fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.deadline = deadline;
    }

    fn wait_if_would_block(&self, error: io::Error, wanted: PollFlags) -> io::Result<()> {
        match error.kind() {
            ErrorKind::WouldBlock => wait(&self.file, wanted, self.deadline).map(drop),
            ErrorKind::Interrupted => Ok(()),
            _ => Err(error),
        }
    }
}

impl Read for Connection {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.file.read(room) {
                Err(error) => self.wait_if_would_block(error, PollFlags::POLLIN)?,
                done => return done,
            }
        }
    }
}

impl Write for Connection {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.file.write(bytes) {
                Err(error) => self.wait_if_would_block(error, PollFlags::POLLOUT)?,
                done => return done,
            }
        }
    }

    /// Nothing is kept back that could be flushed.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A time too far away to be told is no deadline.
fn deadline_in(timeout: Option<Duration>) -> Option<Instant> {
    timeout.and_then(|timeout| Instant::now().checked_add(timeout))
}

/// A listener whose queue is full makes a client wait, and only a send time-out bounds that: without
/// blocking, connect(2) on a unix socket gives up at once and there is nothing to poll for.
fn connect_unix(path: &Path, timeout: Option<Duration>) -> io::Result<OwnedFd> {
    let address = UnixAddr::new(path)?;
    let socket = socket(AddressFamily::Unix, SockType::Stream, SockFlag::SOCK_CLOEXEC, None)?;
    if let Some(timeout) = timeout {
        setsockopt(&socket, sockopt::SendTimeout, &time_val(timeout))?;
    }
    loop {
        match connect_socket(socket.as_raw_fd(), &address) {
            Ok(()) => break,
            Err(Errno::EINTR) => {}
            Err(Errno::EAGAIN) => return Err(ErrorKind::TimedOut.into()),
            Err(error) => return Err(error.into()),
        }
    }
    let stream = UnixStream::from(socket);
    stream.set_nonblocking(true)?;
    Ok(stream.into())
}

/// Zero would mean no time-out, so that is rounded up.
fn time_val(timeout: Duration) -> TimeVal {
    let timeout = timeout.max(Duration::from_micros(1));
    let seconds = i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX);
    TimeVal::new(seconds, timeout.subsec_micros().into())
}
