//! The system's log.

use std::io;
use std::os::unix::net::UnixDatagram;
use std::sync::OnceLock;

/// Where the log daemon listens (syslog(3)).
const SOCKET: &str = "/dev/log";

/// Facility user, severity informational (RFC 3164, section 4.1.1).
const USER_INFO: u8 = (1 << 3) | 6;

/// Longer messages are cut; daemons take at least this much (RFC 5424, section 6.1).
const LONGEST: usize = 2048;

/// A way to the log daemon that never waits for it.
#[derive(Debug, Default)]
pub struct Syslog {
    socket: OnceLock<UnixDatagram>,
}

impl Syslog {
    /// A way that is opened when something is to be said.
    pub const fn new() -> Syslog {
        Syslog { socket: OnceLock::new() }
    }

    /// Says `text` at the level of information in the name of `program`. An error if there is no daemon or
    /// if it does not keep up.
    ///
    /// The daemon puts the time to it, as the C library's form of it is optional and has no year or zone.
    pub fn info(&self, program: &str, text: &str) -> io::Result<()> {
        let message = format!("<{USER_INFO}>{program}[{}]: {text}", std::process::id());
        let bytes = message.as_bytes();
        self.socket()?.send_to(bytes.get(..LONGEST).unwrap_or(bytes), SOCKET).map(drop)
    }

    /// Not connected, so that a daemon that was started again is found.
    fn socket(&self) -> io::Result<&UnixDatagram> {
        if let Some(socket) = self.socket.get() {
            return Ok(socket);
        }
        let socket = UnixDatagram::unbound()?;
        socket.set_nonblocking(true)?;
        Ok(self.socket.get_or_init(|| socket))
    }
}
