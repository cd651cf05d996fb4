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

    /// What reads and writes without waiting, for those who wait in their own way.
    pub fn into_file(self) -> File {
        self.file
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

#[cfg(test)]
mod tests {
    use super::*;
    use nix::pty::openpty;
    use nix::sys::socket::{Backlog, bind, listen};
    use nix::unistd::ttyname;
    use std::os::unix::net::UnixListener;
    use std::thread;

    const SOON: Duration = Duration::from_millis(50);

    fn end_soon(connection: &mut Connection) {
        connection.set_deadline(Some(Instant::now() + SOON));
    }

    fn connected() -> (UnixStream, Connection) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("socket");
        let listener = UnixListener::bind(&path).unwrap();
        let connection = connect(&Address::Unix(path), Some(SOON)).unwrap();
        (listener.accept().unwrap().0, connection)
    }

    #[test]
    fn bytes_go_both_ways() {
        let (mut agent, mut connection) = connected();
        connection.write_all(b"request").unwrap();
        let mut room = [0; 7];
        agent.read_exact(&mut room).unwrap();
        assert_eq!(&room, b"request");
        let reading = thread::spawn(move || {
            let mut answer = String::new();
            connection.read_to_string(&mut answer).unwrap();
            answer
        });
        agent.write_all(b"answer").unwrap();
        drop(agent);
        assert_eq!(reading.join().unwrap(), "answer");
    }

    #[test]
    fn nothing_takes_longer_than_the_deadline() {
        let (_agent, mut connection) = connected();
        end_soon(&mut connection);
        assert_eq!(connection.read(&mut [0]).unwrap_err().kind(), ErrorKind::TimedOut);
        end_soon(&mut connection);
        assert_eq!(connection.write_all(&vec![0; 8 << 20]).unwrap_err().kind(), ErrorKind::TimedOut);
    }

    #[test]
    fn what_is_there_is_read_even_past_the_deadline() {
        let (mut agent, mut connection) = connected();
        agent.write_all(b"x").unwrap();
        connection.set_deadline(Some(Instant::now()));
        assert_eq!(connection.read(&mut [0]).unwrap(), 1);
    }

    #[test]
    fn a_listener_with_a_full_queue_is_not_waited_for_any_longer() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("socket");
        let queue = socket(AddressFamily::Unix, SockType::Stream, SockFlag::empty(), None).unwrap();
        bind(queue.as_raw_fd(), &UnixAddr::new(&path).unwrap()).unwrap();
        listen(&queue, Backlog::new(0).unwrap()).unwrap();
        let address = Address::Unix(path);
        let _first = connect(&address, Some(SOON)).unwrap();
        assert_eq!(connect(&address, Some(SOON)).unwrap_err().kind(), ErrorKind::TimedOut);
        assert_eq!(connect(&address, Some(Duration::ZERO)).unwrap_err().kind(), ErrorKind::TimedOut);
    }

    #[test]
    fn nobody_listening_is_told_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("socket");
        let missing = connect(&Address::Unix(path.clone()), None).unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::NotFound);
        drop(UnixListener::bind(&path).unwrap());
        let refused = connect(&Address::Unix(path), None).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    }

    #[test]
    fn a_serial_line_is_connected_to_by_opening_it() {
        let pty = openpty(None, None).unwrap();
        let mut connection = connect(&Address::Serial(ttyname(&pty.slave).unwrap()), None).unwrap();
        let mut agent = File::from(pty.master);
        connection.write_all(b"request\n").unwrap();
        let mut room = [0; 64];
        assert_eq!(agent.read(&mut room).unwrap(), 8);
        assert_eq!(&room[..8], b"request\n");
        end_soon(&mut connection);
        assert_eq!(connection.read(&mut room).unwrap_err().kind(), ErrorKind::TimedOut);
        agent.write_all(b"\xff{}\n").unwrap();
        connection.set_deadline(None);
        assert_eq!(connection.read(&mut room).unwrap(), 4);
    }
}
