//! Numbers for handshakes, each used once.

use std::hash::{BuildHasher, RandomState};
use std::time::Instant;

#[derive(Debug)]
pub(crate) struct Ids(i64);

impl Ids {
    /// Begins where no earlier client has been: with a positive number of 52 bits, small enough for agents that read
    /// numbers as doubles.
    pub(crate) fn new() -> Ids {
        let random = RandomState::new().hash_one(Instant::now());
        Ids(i64::try_from(random >> 12).unwrap_or_default())
    }

    pub(crate) fn fresh(&mut self) -> i64 {
        self.0 += 1;
        self.0
    }
}
