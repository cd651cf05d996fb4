//! The system's log.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::net::UnixDatagram;
use std::sync::OnceLock;

/// Where the log daemon listens (syslog(3)).
const SOCKET: &str = "/dev/log";

/// The kernel's own log; what is written to it shows up on the console and in the journal, too.
const KERNEL_LOG: &str = "/dev/kmsg";

/// Facility user (RFC 3164, section 4.1.1), with a severity.
const USER_ERROR: u8 = (1 << 3) | 3;
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
        let message = message(USER_INFO, program, text);
        self.socket()?.send_to(message.get(..LONGEST).unwrap_or(&message), SOCKET).map(drop)
    }

    /// The same for an error, which the kernel's log gets as well: the log daemon may hang or be gone.
    pub fn error(&self, program: &str, text: &str) -> io::Result<()> {
        let message = message(USER_ERROR, program, text);
        let message = message.get(..LONGEST).unwrap_or(&message);
        let told = self.socket().and_then(|socket| socket.send_to(message, SOCKET));
        let kernel = OpenOptions::new().write(true).open(KERNEL_LOG).and_then(|mut log| log.write(message));
        told.or(kernel).map(drop)
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

fn message(priority: u8, program: &str, text: &str) -> Vec<u8> {
    format!("<{priority}>{program}[{}]: {text}", std::process::id()).into_bytes()
}
