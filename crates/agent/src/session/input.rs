use crate::dispatch::Call;
use qga_transport::{Received, Receiver};
use qga_wire::json::Parser;
use std::collections::TryReserveError;
use std::io;

/// Where a session's requests come from.
pub struct Input {
    receiver: Receiver,
    parser: Parser,
}

impl Input {
    pub(super) fn new(receiver: Receiver) -> Input {
        Input { receiver, parser: Parser::new() }
    }

    /// The next request; waits for it. `None` when the client is gone.
    pub(super) fn next(&mut self) -> io::Result<Option<Call>> {
        loop {
            if let Some(read) = self.parser.next() {
                return Ok(Some(read.map_or_else(|error| Call::malformed(&error), Call::read)));
            }
            match self.receiver.receive(self.parser.room().map_err(no_memory)?)? {
                Received::Bytes(count) => self.parser.filled(count),
                Received::End => return Ok(None),
            }
        }
    }
}

fn no_memory(error: TryReserveError) -> io::Error {
    io::Error::new(io::ErrorKind::OutOfMemory, error)
}
