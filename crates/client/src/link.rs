//! What a client needs of a channel.

use qga_transport::Connection;
use std::io::{Read, Write};
use std::time::Instant;

/// Bytes to an agent and back. Implement it to reach agents in ways that this library does not know, and hand it
/// to [`Client::over`](crate::Client::over).
///
/// Both directions block, but not past the deadline: then they fail with
/// [`TimedOut`](std::io::ErrorKind::TimedOut). Reading 0 bytes means that the other end is gone.
pub trait Link: Read + Write + Send {
    /// Until when reads and writes may take; none means as long as they need.
    fn set_deadline(&mut self, deadline: Option<Instant>);

    /// How many bytes a request may have.
    fn longest_request(&self) -> usize {
        usize::MAX
    }
}

impl Link for Connection {
    fn set_deadline(&mut self, deadline: Option<Instant>) {
        Connection::set_deadline(self, deadline);
    }
}
