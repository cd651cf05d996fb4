//! What a client needs of a channel.

use qga_transport::Connection;
use std::io::{Read, Write};
use std::time::Instant;

/// Bytes to an agent and back. Implement it to reach agents in ways that this library does not know, and hand it
/// to [`Client::over`](crate::Client::over).
///
/// Both directions block, but not past the deadline: then they fail with
/// [`TimedOut`](std::io::ErrorKind::TimedOut) or [`WouldBlock`](std::io::ErrorKind::WouldBlock). A link that does
/// not keep the deadline is the only thing that can hold up a call. Reading 0 bytes means that the other end is
/// gone. What is written may be kept back until it is flushed.
///
/// ```
/// use qga_client::Link;
/// use std::io::{Read, Result, Write};
/// use std::net::TcpStream;
/// use std::time::{Duration, Instant};
///
/// /// An agent whose port a QEMU on another host has put on TCP.
/// struct Tcp {
///     stream: TcpStream,
///     deadline: Option<Instant>,
/// }
///
/// impl Tcp {
///     /// No time at all would mean without end.
///     fn left(&self) -> Option<Duration> {
///         let left = self.deadline?.saturating_duration_since(Instant::now());
///         Some(left.max(Duration::from_millis(1)))
///     }
/// }
///
/// impl Read for Tcp {
///     fn read(&mut self, room: &mut [u8]) -> Result<usize> {
///         self.stream.set_read_timeout(self.left())?;
///         self.stream.read(room)
///     }
/// }
///
/// impl Write for Tcp {
///     fn write(&mut self, bytes: &[u8]) -> Result<usize> {
///         self.stream.set_write_timeout(self.left())?;
///         self.stream.write(bytes)
///     }
///
///     fn flush(&mut self) -> Result<()> {
///         Ok(())
///     }
/// }
///
/// impl Link for Tcp {
///     fn set_deadline(&mut self, deadline: Option<Instant>) {
///         self.deadline = deadline;
///     }
/// }
/// ```
pub trait Link: Read + Write + Send {
    /// Until when reads and writes may take; none means as long as they need.
    fn set_deadline(&mut self, deadline: Option<Instant>);

    /// How many bytes a request may have, its line feed included.
    fn longest_request(&self) -> usize {
        usize::MAX
    }
}

impl Link for Connection {
    fn set_deadline(&mut self, deadline: Option<Instant>) {
        Connection::set_deadline(self, deadline);
    }
}
