//! A call under way, and how it may fail.

use crate::error::Error;
use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

/// A call under way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) command: &'a str,
    pub(crate) within: Duration,
    /// A time too far away to be told is none.
    pub(crate) deadline: Option<Instant>,
}

impl<'a> Call<'a> {
    pub(crate) fn new(command: &'a str, within: Duration) -> Call<'a> {
        Call { command, within, deadline: Instant::now().checked_add(within) }
    }

    pub(crate) fn remaining(&self) -> Duration {
        self.deadline.map_or(Duration::MAX, |deadline| deadline.saturating_duration_since(Instant::now()))
    }

    pub(crate) fn is_over(&self) -> bool {
        self.remaining().is_zero()
    }

    pub(crate) fn broken(&self, address: &str, source: io::Error) -> Error {
        match source.kind() {
            // The second is what sockets of the standard library say on Unix.
            ErrorKind::TimedOut | ErrorKind::WouldBlock => self.timed_out(address),
            _ => Error::Unreachable { address: address.to_owned(), source },
        }
    }

    pub(crate) fn timed_out(&self, address: &str) -> Error {
        Error::TimedOut { address: address.to_owned(), command: self.command.to_owned(), within: self.within }
    }
}
