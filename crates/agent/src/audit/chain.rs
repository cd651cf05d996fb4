//! A chain over the lines of a file: each ends with a hash of itself and of the hash before, so that a line
//! that is changed, removed or put in between breaks the chain there.
//!
//! The first line of a file says what the chain had come to before it, so a chain goes on over several files.

use super::record::put;
use qga_platform::time::{Nanoseconds, stamp};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// What stands before the hash of a line, which closes it.
const MEMBER: &str = ", \"chain\": \"";
/// What closes a line after the hash.
const CLOSE: &str = "\"}";
/// What a line begins with that says what was before.
const HEAD: &str = "{\"event\": \"chain\", \"previous\": \"";
/// Digits of a hash.
const DIGITS: usize = 64;
/// What a chain is before its first line.
const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A chain, and what it has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chain {
    last: String,
}

#[derive(Serialize)]
struct Head<'a> {
    event: &'static str,
    previous: &'a str,
    time: &'a str,
}

impl Default for Chain {
    fn default() -> Chain {
        Chain { last: NOTHING.to_owned() }
    }
}

impl Chain {
    /// The chain whose last line this is; `None` if it is no line of a chain.
    pub(crate) fn ending_with(line: &[u8]) -> Option<Chain> {
        split(line).map(|(_, hash)| Chain { last: hash.to_owned() })
    }

    /// What it has come to.
    pub(crate) fn last(&self) -> &str {
        &self.last
    }

    /// Adds a line, a JSON object, to the chain, and the hash to the line.
    pub(crate) fn seal(&mut self, line: &mut Vec<u8>) {
        line.pop();
        self.last = hash(&self.last, line);
        line.extend_from_slice([MEMBER, &self.last, CLOSE].concat().as_bytes());
    }

    /// The line that a file begins with.
    pub(crate) fn head(&mut self, now: Nanoseconds) -> Vec<u8> {
        let mut line = Vec::new();
        put(&mut line, &Head { event: "chain", previous: &self.last, time: &stamp(now) });
        self.seal(&mut line);
        line
    }

    /// Adds a line that was sealed. An error tells why it does not follow.
    pub(crate) fn follow(&mut self, line: &[u8]) -> Result<(), &'static str> {
        let (content, told) = split(line).ok_or("it has no hash of a chain")?;
        if hash(&self.last, content) != told {
            return Err("its hash does not follow from it and the line before");
        }
        told.clone_into(&mut self.last);
        Ok(())
    }

    /// The chain that goes on in a file with this first line.
    pub(crate) fn before(line: &[u8]) -> Option<Chain> {
        let rest = std::str::from_utf8(line).ok()?.strip_prefix(HEAD)?;
        rest.get(..DIGITS).map(|hash| Chain { last: hash.to_owned() })
    }
}

fn hash(before: &str, content: &[u8]) -> String {
    let digest = Sha256::new().chain_update(before).chain_update(content).finalize();
    format!("{digest:x}")
}

/// The content of a line and the hash that closes it.
fn split(line: &[u8]) -> Option<(&[u8], &str)> {
    let content = line.len().checked_sub(MEMBER.len() + DIGITS + CLOSE.len())?;
    let (content, rest) = line.split_at_checked(content)?;
    let hash = std::str::from_utf8(rest).ok()?.strip_prefix(MEMBER)?.strip_suffix(CLOSE)?;
    hash.bytes().all(|digit| digit.is_ascii_hexdigit()).then_some((content, hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines() -> Vec<Vec<u8>> {
        let mut chain = Chain::default();
        let mut lines = vec![chain.head(0)];
        for number in 1..4 {
            let mut line = format!("{{\"number\": {number}}}").into_bytes();
            chain.seal(&mut line);
            lines.push(line);
        }
        lines
    }

    fn follows(lines: &[Vec<u8>]) -> Result<String, usize> {
        let mut chain = Chain::before(&lines[0]).ok_or(0_usize)?;
        for (index, line) in lines.iter().enumerate() {
            chain.follow(line).map_err(|_| index)?;
        }
        Ok(chain.last)
    }

    #[test]
    fn lines_follow_each_other_to_the_hash_of_the_last() {
        let lines = lines();
        let text = String::from_utf8(lines[0].clone()).unwrap();
        let head = format!("{HEAD}{NOTHING}\", \"time\": \"1970-01-01T00:00:00.000000Z\"{MEMBER}");
        assert!(text.starts_with(&head), "{text}");
        let last = Chain::ending_with(&lines[3]).unwrap();
        assert_eq!(follows(&lines), Ok(last.last().to_owned()));
    }

    #[test]
    fn whatever_is_done_to_a_line_breaks_the_chain_there() {
        let good = lines();
        let mut changed = good.clone();
        changed[2] = String::from_utf8(changed[2].clone()).unwrap().replace('2', "7").into_bytes();
        assert_eq!(follows(&changed), Err(2));
        let mut removed = good.clone();
        removed.remove(1);
        assert_eq!(follows(&removed), Err(1));
        let mut swapped = good.clone();
        swapped.swap(2, 3);
        assert_eq!(follows(&swapped), Err(2));
        for torn in [&b""[..], b"{}", b"torn", &good[1][..good[1].len() - 1]] {
            let mut lines = good.clone();
            lines.insert(3, torn.to_vec());
            assert_eq!(follows(&lines), Err(3));
        }
    }

    #[test]
    fn a_chain_goes_on_in_another_file() {
        let first = lines();
        let mut chain = Chain::ending_with(&first[3]).unwrap();
        let head = chain.head(1);
        assert_eq!(Chain::before(&head), Chain::ending_with(&first[3]));
        assert!(follows(&[head]).is_ok());
    }

    #[test]
    fn what_is_no_line_of_a_chain_is_told_from_one() {
        for line in [&b""[..], b"{}", b"\xff", "{\"chain\": \"\u{e4}\"}".as_bytes(), &[b'x'; 100]] {
            assert_eq!(Chain::ending_with(line), None);
            assert_eq!(Chain::before(line), None);
        }
    }
}
