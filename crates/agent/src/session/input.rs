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

    /// The next request, if it has come already.
    pub(super) fn at_hand(&mut self) -> Option<Call> {
        let read = self.parser.next()?;
        Some(read.map_or_else(|error| Call::malformed(&error), Call::read))
    }

    /// The next request; waits for it. `None` when the client is gone.
    pub(super) fn next(&mut self) -> io::Result<Option<Call>> {
        loop {
            if let Some(call) = self.at_hand() {
                return Ok(Some(call));
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
