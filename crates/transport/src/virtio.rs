//! The virtio port, which behaves like no other file (facts of Linux' virtio console driver, seen in the lab):
//!
//! - A read gives 0 while no host is connected; that is no end, one may come at any time. A blocking read
//!   does so too, so it would spin.
//! - The same state is a hang-up to poll(2) and epoll(7): waiting level-triggered spins. Edge-triggered, each
//!   change is one event: bytes came, the host came, went, or took bytes.
//! - A blocking write holds a processor until the host has taken the bytes, and never ends without a host.
//!   One that must not block is refused with `EAGAIN` in both cases, and poll(2) tells them apart.
//! - The bytes of a host that has just come can be read before the driver knows that a host is there: the two
//!   take different ways through the kernel. An answer may be ready before there seems to be anybody to take it.
//! - Reads and writes of an unplugged port fail with `ENODEV`.

use crate::channel::Channel;
use crate::method::Method;
use crate::peer::Peer;
use crate::wait::wait;
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};
use nix::fcntl::OFlag;
use nix::poll::PollFlags;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Opens the port.
///
/// The reference also asks for SIGIO (`O_ASYNC`). We wait instead, and nobody would handle the signal, whose
/// default is death.
pub(crate) fn open(path: &Path) -> io::Result<Channel> {
    let port = OpenOptions::new().read(true).write(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(path)?;
    Channel::virtio(port, Peer::Device { method: Method::VirtioSerial, path: path.to_owned() })
}

/// How long an answer waits for a host that the driver does not know of yet. It takes a millisecond or two, more in
/// a busy guest; past this it was the request of a host that has left.
const COMING: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Receiver {
    port: Arc<File>,
    poll: Poll,
    events: Events,
}

impl Receiver {
    pub(crate) fn new(port: Arc<File>) -> io::Result<Receiver> {
        let poll = Poll::new()?;
        poll.registry().register(&mut SourceFd(&port.as_raw_fd()), Token(0), Interest::READABLE)?;
        Ok(Receiver { port, poll, events: Events::with_capacity(1) })
    }

    pub(crate) fn receive(&mut self, room: &mut [u8]) -> io::Result<usize> {
        loop {
            match (&*self.port).read(room) {
                Ok(0) => self.wait_for_change()?,
                Ok(count) => return Ok(count),
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.wait_for_change()?,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Returns at once if something has changed since the last call: a change between a read and this is
    /// never missed.
    fn wait_for_change(&mut self) -> io::Result<()> {
        loop {
            match self.poll.poll(&mut self.events, None) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }
}

#[derive(Debug)]
pub(crate) struct Sender {
    port: Arc<File>,
    poll: Poll,
    events: Events,
}

impl Sender {
    pub(crate) fn new(port: Arc<File>) -> io::Result<Sender> {
        let poll = Poll::new()?;
        poll.registry().register(&mut SourceFd(&port.as_raw_fd()), Token(0), Interest::WRITABLE)?;
        Ok(Sender { port, poll, events: Events::with_capacity(1) })
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        send(self, bytes)
    }
}

/// Where answers go.
trait Outlet {
    /// Takes some of the bytes, or is refused with `WouldBlock`.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;
    /// Waits until there is room, or no host; tells which.
    fn hangs_up(&mut self) -> io::Result<bool>;
    /// Waits a moment for a host; tells whether one has come.
    fn host_comes(&mut self) -> io::Result<bool>;
}

fn send(outlet: &mut impl Outlet, bytes: &[u8]) -> io::Result<()> {
    let mut rest = bytes;
    while !rest.is_empty() {
        match outlet.write(rest) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => rest = rest.get(count..).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                // What a host has begun to take is of no use to the next one.
                let begun = rest.len() < bytes.len();
                if outlet.hangs_up()? && (begun || !outlet.host_comes()?) {
                    return Ok(());
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

impl Outlet for Sender {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self.port).write(bytes)
    }

    fn hangs_up(&mut self) -> io::Result<bool> {
        // Level-triggered is right here: either state ends the wait and is acted upon.
        Ok(wait(&self.port, PollFlags::POLLOUT, None)?.contains(PollFlags::POLLHUP))
    }

    fn host_comes(&mut self) -> io::Result<bool> {
        let deadline = Instant::now() + COMING;
        while self.hangs_up()? {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            match self.poll.poll(&mut self.events, Some(left)) {
                Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
        }
        Ok(true)
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use crate::scene::Watched;
    use nix::sys::stat::Mode;
    use nix::unistd::mkfifo;
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;
    use std::path::PathBuf;

    /// Reads of a fifo without a writer give 0 with a hang-up, as those of a port without a host.
    fn fifo(dir: &tempfile::TempDir) -> (PathBuf, Receiver) {
        let path = dir.path().join("port");
        mkfifo(&path, Mode::S_IRWXU).unwrap();
        let mut options = OpenOptions::new();
        let port = options.read(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(&path).unwrap();
        (path, Receiver::new(Arc::new(port)).unwrap())
    }

    fn host_sends(path: &Path, bytes: &[u8]) {
        OpenOptions::new().write(true).open(path).unwrap().write_all(bytes).unwrap();
    }

    fn full_socket() -> (UnixStream, Sender) {
        let (ours, host) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        while (&ours).write(&[0; 4096]).is_ok() {}
        (host, Sender::new(Arc::new(OwnedFd::from(ours).into())).unwrap())
    }

    #[test]
    fn hosts_come_and_go_and_the_port_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let (path, mut receiver) = fifo(&dir);
        for message in [&b"first"[..], b"second"] {
            let waiting = Watched::start(move || {
                let mut room = [0; 64];
                let count = receiver.receive(&mut room).unwrap();
                (room[..count].to_vec(), receiver)
            });
            waiting.wait_until_it_sleeps();
            host_sends(&path, message);
            let (message_seen, same) = waiting.join();
            assert_eq!(message_seen, message);
            receiver = same;
        }
    }

    #[test]
    fn a_port_without_a_host_wakes_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let (path, mut receiver) = fifo(&dir);
        let waiting = Watched::start(move || receiver.receive(&mut [0; 64]).unwrap());
        drop(OpenOptions::new().write(true).open(&path).unwrap());
        assert!(waiting.sleeps_on());
        host_sends(&path, b"x");
        assert_eq!(waiting.join(), 1);
    }

    #[test]
    fn a_host_that_does_not_read_is_waited_for() {
        let (mut host, mut sender) = full_socket();
        let sending = Watched::start(move || sender.send(b"end"));
        sending.wait_until_it_sleeps();
        let mut taken = Vec::new();
        let mut room = [0; 4096];
        while !taken.ends_with(b"end") {
            let count = host.read(&mut room).unwrap();
            taken.extend(&room[..count]);
        }
        sending.join().unwrap();
    }

    /// A port that takes a byte when it takes any, and in between refuses, is interrupted, or loses its host.
    #[derive(Default)]
    struct Narrow {
        taken: Vec<u8>,
        calls: usize,
        /// How many bytes a host takes before it goes.
        leaves_after: Option<usize>,
        comes: bool,
    }

    impl Narrow {
        fn is_alone(&self) -> bool {
            self.leaves_after.is_some_and(|count| self.taken.len() >= count)
        }
    }

    impl Outlet for Narrow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.calls += 1;
            match self.calls % 3 {
                _ if self.is_alone() => Err(ErrorKind::WouldBlock.into()),
                0 => Err(ErrorKind::Interrupted.into()),
                1 => Err(ErrorKind::WouldBlock.into()),
                _ => {
                    self.taken.extend(bytes.first());
                    Ok(1)
                }
            }
        }

        fn hangs_up(&mut self) -> io::Result<bool> {
            Ok(self.is_alone())
        }

        fn host_comes(&mut self) -> io::Result<bool> {
            if self.comes {
                self.leaves_after = None;
            }
            Ok(self.comes)
        }
    }

    #[test]
    fn a_port_that_takes_a_byte_at_a_time_gets_all_of_them_in_order() {
        let answer: Vec<u8> = (0..10_000_u32).map(|number| number.to_le_bytes()[0]).collect();
        let mut port = Narrow::default();
        send(&mut port, &answer).unwrap();
        assert!(port.taken == answer);
    }

    #[test]
    fn what_a_host_has_begun_to_take_is_not_ended_for_the_next() {
        let mut port = Narrow { leaves_after: Some(2), comes: true, ..Narrow::default() };
        send(&mut port, b"answer").unwrap();
        assert_eq!(port.taken, b"an");
    }

    #[test]
    fn an_answer_waits_for_a_host_that_comes_and_is_dropped_without_one() {
        for (comes, taken) in [(true, &b"answer"[..]), (false, b"")] {
            let mut port = Narrow { leaves_after: Some(0), comes, ..Narrow::default() };
            send(&mut port, b"answer").unwrap();
            assert_eq!(port.taken, taken);
        }
    }

    #[test]
    fn an_answer_is_dropped_a_moment_after_the_host_has_gone() {
        let (host, mut sender) = full_socket();
        let sending = Watched::start(move || sender.send(b"end"));
        sending.wait_until_it_sleeps();
        drop(host);
        sending.join().unwrap();
    }
}
