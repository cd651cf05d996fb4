use crate::dispatch::Call;
use qga_transport::{Received, Receiver};
use qga_wire::json::Parser;
use std::collections::TryReserveError;
use std::io;

/// So many errors in a row are told, if nothing between them shows that the client has begun anew: one who sends
/// nonsense is not to be sent a hundred times as much.
const MOST_ERRORS: usize = 16;

/// Where a session's requests come from.
pub struct Input {
    receiver: Receiver,
    parser: Parser,
    errors: Errors,
}

/// Errors since the last request, line feed or byte 0xFF.
#[derive(Default)]
struct Errors {
    count: usize,
    marks: usize,
}

impl Errors {
    /// Counts an error that comes after so many marks, and says whether it is to be told.
    fn is_told(&mut self, marks: usize) -> bool {
        if marks != self.marks {
            *self = Errors { count: 0, marks };
        }
        self.count += 1;
        self.count <= MOST_ERRORS
    }
}

impl Input {
    pub(super) fn new(receiver: Receiver) -> Input {
        Input { receiver, parser: Parser::new(), errors: Errors::default() }
    }

    /// The next request, or error to be told, if it has come already.
    pub(super) fn at_hand(&mut self) -> Option<Call> {
        loop {
            let error = match self.parser.next()? {
                Ok(value) => {
                    self.errors = Errors::default();
                    return Some(Call::read(value));
                }
                Err(error) => error,
            };
            if self.errors.is_told(self.parser.marks()) {
                return Some(Call::malformed(&error));
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// How many errors are told of `text`.
    fn told(text: &[u8]) -> usize {
        let (mut parser, mut errors, mut told) = (Parser::new(), Errors::default(), 0);
        parser.feed(text);
        while let Some(read) = parser.next() {
            match read {
                Ok(_) => errors = Errors::default(),
                Err(_) => told += usize::from(errors.is_told(parser.marks())),
            }
        }
        told
    }

    #[test]
    fn errors_in_a_row_are_told_until_there_are_too_many() {
        assert_eq!(told(&b"}".repeat(16)), 16);
        assert_eq!(told(&b"}".repeat(1 << 16)), 16);
        assert_eq!(told(&b"@{".repeat(1 << 16)), 16);
    }

    #[test]
    fn who_begins_anew_is_told_again() {
        let row = b"}".repeat(20);
        assert_eq!(told(&[&row, &b"{}"[..], &row].concat()), 32);
        assert_eq!(told(&[&row, &b"\n"[..], &row].concat()), 32);
        // The byte 0xFF is an error itself.
        assert_eq!(told(&[&row, &b"\xFF"[..], &row].concat()), 16 + 16);
        assert_eq!(told(&b"}\n".repeat(100)), 100);
        assert_eq!(told(&b"\xFF".repeat(100)), 100);
    }
}
