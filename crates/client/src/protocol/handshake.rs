//! What is said to make sure that an agent and its host speak of the same thing.
//!
//! No parser is needed, so none is exposed to what may be anything.

use memchr::memmem;
use qga_wire::Command;
use qga_wire::family::sync::{Sync, SyncDelimited};

/// The command that an agent is asked, which gives back a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Handshake {
    /// Its answer is led by a mark.
    Delimited,
    /// Its answer is a line like any other: for agents that lack the better one, or may not run it.
    Plain,
}

impl Handshake {
    pub(super) fn request(self, id: i64) -> Vec<u8> {
        let name = match self {
            Handshake::Delimited => SyncDelimited::NAME,
            Handshake::Plain => Sync::NAME,
        };
        format!("{{\"execute\": \"{name}\", \"arguments\": {{\"id\": {id}}}}}\n").into_bytes()
    }

    /// Whether `line`, which a mark led or did not, is the answer: `{"return": ID}`, however spaced.
    pub(super) fn is_answer(self, line: &[u8], marked: bool, id: i64) -> bool {
        let answer = format!("{{\"return\":{id}}}");
        let spelled = line.iter().filter(|byte| !byte.is_ascii_whitespace()).eq(answer.as_bytes());
        spelled && (marked || self == Handshake::Plain)
    }

    /// Whether `line` says that the agent has no such command, in any of the words that there were for it.
    pub(super) fn is_refusal(self, line: &[u8]) -> bool {
        let contains = |text: &str| memmem::find(line, text.as_bytes()).is_some();
        self == Handshake::Delimited && contains("\"error\"") && contains(SyncDelimited::NAME)
    }
}
