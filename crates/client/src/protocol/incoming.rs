//! The bytes that arrived and were not looked at yet.

use crate::error::Violation;
use memchr::{memchr, memchr2};

/// A queue of bytes that knows lines, and refuses to gather an endless one.
#[derive(Debug)]
pub(super) struct Incoming {
    bytes: Vec<u8>,
    /// Where the part begins that was not taken yet.
    start: usize,
    /// Up to where there is no line feed, so that a line in many pieces is searched once.
    searched: usize,
    longest_line: usize,
}

impl Incoming {
    pub(super) fn new(longest_line: usize) -> Incoming {
        Incoming { bytes: Vec::new(), start: 0, searched: 0, longest_line }
    }

    pub(super) fn extend(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.start);
        self.searched = self.searched.saturating_sub(self.start);
        self.start = 0;
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.start = 0;
        self.searched = 0;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.start == self.bytes.len()
    }

    /// The next bytes, `count` at most.
    pub(super) fn peek(&self, count: usize) -> &[u8] {
        let rest = self.rest(self.start);
        rest.get(..count).unwrap_or(rest)
    }

    /// Drops `count` bytes.
    pub(super) fn skip(&mut self, count: usize) {
        self.start = self.bytes.len().min(self.start + count);
        self.searched = self.searched.max(self.start);
    }

    /// How far away the first of two bytes is, from the second byte on.
    pub(super) fn distance_to(&self, one: u8, other: u8) -> Option<usize> {
        memchr2(one, other, self.rest(self.start + 1)).map(|at| at + 1)
    }

    /// Drops all bytes but the last `count`.
    pub(super) fn keep_last(&mut self, count: usize) {
        let surplus = self.bytes.len().saturating_sub(self.start + count);
        self.skip(surplus);
    }

    /// Takes the next line, without its end.
    pub(super) fn next_line(&mut self) -> Result<Option<Vec<u8>>, Violation> {
        let found = memchr(b'\n', self.rest(self.searched)).map(|at| self.searched + at);
        let end = found.unwrap_or(self.bytes.len());
        if end - self.start > self.longest_line {
            self.clear();
            return Err(Violation::EndlessReply { limit: self.longest_line });
        }
        self.searched = end;
        Ok(found.map(|end| self.take_line(end)))
    }

    fn take_line(&mut self, end: usize) -> Vec<u8> {
        let behind = self.bytes.len() - (end + 1);
        let mut line = if behind < end - self.start {
            // The shorter part is the one that is copied.
            let rest = self.bytes.split_off(end + 1);
            let mut line = std::mem::replace(&mut self.bytes, rest);
            line.truncate(end);
            line.drain(..self.start);
            (self.start, self.searched) = (0, 0);
            line
        } else {
            let line = self.bytes.get(self.start..end).unwrap_or_default().to_vec();
            self.skip(end + 1 - self.start);
            line
        };
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        line
    }

    fn rest(&self, from: usize) -> &[u8] {
        self.bytes.get(from..).unwrap_or_default()
    }
}
