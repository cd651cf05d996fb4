use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::Signal;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, getsockopt, socketpair, sockopt};
use signal_hook::consts::{SIGABRT, SIGALRM, SIGHUP, SIGINT, SIGTERM, SIGUSR1};
use signal_hook::{flag, low_level::pipe};
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A path is the longest that is said (`PATH_MAX` in limits.h), with a word before it.
const LONGEST: usize = 4096 + 64;

/// How long the other side may leave what it is told unread.
const PATIENCE: Duration = Duration::from_secs(10);

/// A way for messages between a guardian and the process that started it.
///
/// A socket that keeps messages apart, and tells when the other side is gone (unix(7), `SOCK_SEQPACKET`).
#[derive(Debug)]
pub struct Line {
    socket: UnixStream,
    /// Readable when the thread that started this process has ended; the guardian's end only.
    dying: Option<UnixStream>,
}

/// What was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// A message.
    Message(Vec<u8>),
    /// Nothing in the time given.
    Silence,
    /// Heard once: the other side has been killed, but a thread of it is still held up in the kernel.
    Dying,
    /// The other side is gone, with all its threads.
    Gone,
}

impl Line {
    /// Our end, and what to give to the other side as its standard input.
    pub(super) fn pair() -> io::Result<(Line, OwnedFd)> {
        let (ours, theirs) =
            socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC)?;
        Ok((Line::over(ours)?, theirs))
    }

    /// The end that this process was started with. From now on what a service manager sends to all processes of a
    /// service passes it by: its requests to end, and what its watchdog has for an agent that is stuck.
    pub fn inherited() -> io::Result<Line> {
        let socket = io::stdin().as_fd().try_clone_to_owned()?;
        if getsockopt(&socket, sockopt::SockType) != Ok(SockType::SeqPacket) {
            return Err(io::Error::other("only an agent starts its guardian"));
        }
        // Handlers and not SIG_IGN, which the hook would inherit.
        for signal in [SIGTERM, SIGINT, SIGHUP, SIGABRT, SIGALRM] {
            flag::register(signal, Arc::default())?;
        }
        let (dying, notice) = UnixStream::pair()?;
        pipe::register(SIGUSR1, notice)?;
        allow_many_files();
        // The kernel sends it when the thread that started this process ends, before others that cannot end.
        set_pdeathsig(Signal::SIGUSR1)?;
        Ok(Line { dying: Some(dying), ..Line::over(socket)? })
    }

    fn over(socket: OwnedFd) -> io::Result<Line> {
        let socket = UnixStream::from(socket);
        socket.set_write_timeout(Some(PATIENCE))?;
        Ok(Line { socket, dying: None })
    }

    /// Says something, which must not be empty.
    pub fn say(&self, message: &[u8]) -> io::Result<()> {
        (&self.socket).write(message).map(drop)
    }

    /// Says and hears nothing more; the other side finds this one gone.
    pub(super) fn close(&self) {
        // An error tells that the other side is gone already.
        let _ = self.socket.shutdown(Shutdown::Both);
    }

    /// What is said next, until then at the latest; however long it takes if that is `None`.
    pub fn hear(&self, until: Option<Instant>) -> io::Result<Heard> {
        loop {
            let limit = match until.map(|until| until.saturating_duration_since(Instant::now())) {
                None => PollTimeout::NONE,
                // Rounded up, so as not to wait again for less than a millisecond. The longest is 24 days.
                Some(left) => {
                    PollTimeout::try_from(left + Duration::from_millis(1)).unwrap_or(PollTimeout::MAX)
                }
            };
            match self.wait(limit)? {
                Some(heard) => return Ok(heard),
                None if until.is_some_and(|until| until <= Instant::now()) => return Ok(Heard::Silence),
                None => {}
            }
        }
    }

    /// Messages go first: what was said before the other side died counts.
    fn wait(&self, limit: PollTimeout) -> io::Result<Option<Heard>> {
        let sources = std::iter::once(&self.socket).chain(&self.dying);
        let mut watched: Vec<_> =
            sources.map(|source| PollFd::new(source.as_fd(), PollFlags::POLLIN)).collect();
        match poll(&mut watched, limit) {
            Ok(0) | Err(Errno::EINTR) => return Ok(None),
            ready => ready?,
        };
        let is_ready: Vec<bool> = watched.iter().map(|source| source.any().unwrap_or(false)).collect();
        match (is_ready.as_slice(), &self.dying) {
            ([true, ..], _) => self.receive().map(Some),
            ([_, true], Some(dying)) => {
                let mut dying = dying;
                dying.read_exact(&mut [0])?;
                Ok(Some(Heard::Dying))
            }
            _ => Ok(None),
        }
    }

    fn receive(&self) -> io::Result<Heard> {
        let mut message = vec![0; LONGEST];
        match (&self.socket).read(&mut message) {
            Ok(0) => Ok(Heard::Gone),
            Ok(length) => {
                message.truncate(length);
                Ok(Heard::Message(message))
            }
            // What we said last was never read.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(Heard::Gone),
            Err(error) => Err(error),
        }
    }
}

/// A guardian has a file open for each filesystem, of which there may be more than a service may usually open.
fn allow_many_files() {
    // Where that is not allowed, it is told which filesystem was one too many.
    let _ = getrlimit(Resource::RLIMIT_NOFILE)
        .and_then(|(_, most)| setrlimit(Resource::RLIMIT_NOFILE, most, most));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (Line, Line) {
        let (ours, theirs) = Line::pair().unwrap();
        (ours, Line::over(theirs).unwrap())
    }

    #[test]
    fn messages_stay_apart_and_come_before_the_end() {
        let (ours, theirs) = pair();
        ours.say(b"mount /a").unwrap();
        ours.say(b"ready").unwrap();
        drop(ours);
        assert_eq!(theirs.hear(None).unwrap(), Heard::Message(b"mount /a".to_vec()));
        assert_eq!(theirs.hear(None).unwrap(), Heard::Message(b"ready".to_vec()));
        assert_eq!(theirs.hear(None).unwrap(), Heard::Gone);
        assert!(theirs.say(b"too late").is_err());
    }

    #[test]
    fn silence_is_heard_when_the_time_is_over() {
        let (_ours, theirs) = pair();
        assert_eq!(theirs.hear(Some(Instant::now())).unwrap(), Heard::Silence);
        let until = Instant::now() + Duration::from_millis(20);
        assert_eq!(theirs.hear(Some(until)).unwrap(), Heard::Silence);
        assert!(Instant::now() >= until);
    }

    #[test]
    fn who_left_something_unread_is_gone_all_the_same() {
        let (ours, theirs) = pair();
        theirs.say(b"unread").unwrap();
        drop(ours);
        assert_eq!(theirs.hear(None).unwrap(), Heard::Gone);
    }
}
