//! What can go wrong in a call.

use std::io;
use std::time::Duration;

/// Why a call has no answer to return.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no channel to an agent, or it broke.
    #[error("cannot reach the agent at {address}")]
    Unreachable {
        /// Where the agent should be, as an address is written.
        address: String,
        /// Why not.
        source: io::Error,
    },
    /// The agent did not answer in time. It may still be working on the command.
    #[error("{address} does not answer {command} within {} s", within.as_secs_f64())]
    TimedOut {
        /// Where the agent should be, as an address is written.
        address: String,
        /// What it did not answer; the handshake is a command, too.
        command: String,
        /// How long it had.
        within: Duration,
    },
    /// No answer can come any more: nothing was asked, or a call before it failed and what was under way with it is
    /// lost. Whether the command was run is not known.
    #[error("no answer to {command} is under way")]
    Lost {
        /// Whose answer was to be taken.
        command: String,
    },
    /// The agent answered that the command failed.
    #[error("{desc}")]
    Agent {
        /// `CommandNotFound` for a command it lacks or refuses, else `GenericError`.
        class: String,
        /// What went wrong, in the guest's words: do not print it before control characters are escaped.
        desc: String,
    },
    /// The other side does not keep to the protocol: a fault, or a hostile guest.
    #[error("the answer to {command} breaks the protocol")]
    Protocol {
        /// What was asked.
        command: String,
        /// How the answer is wrong.
        source: Violation,
    },
    /// The request cannot be written as JSON, and nothing was sent.
    #[error("cannot write the arguments of {command}: {reason}")]
    Unsendable {
        /// The command.
        command: String,
        /// What is wrong with them.
        reason: String,
    },
}

/// How an answer is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// A line went on past what any reply takes; the rest was not read.
    #[error("a reply of more than {limit} bytes")]
    EndlessReply {
        /// How long a line may be, in bytes.
        limit: usize,
    },
    /// The line is not JSON.
    #[error("not a reply: {0}")]
    NotAReply(String),
    /// The reply is not of the type that the command has.
    #[error("not what the command answers: {0}")]
    WrongType(String),
    /// The reply is of the right type, and cannot be true.
    #[error("{0}")]
    Impossible(&'static str),
}

impl Error {
    /// Whether a line came that is no reply at all: then the reply itself may follow, and which is whose is not known.
    pub(crate) fn is_of_no_reply(&self) -> bool {
        matches!(self, Error::Protocol { source: Violation::NotAReply(_), .. })
    }
}

impl Violation {
    /// The error of a call of `command` that was answered in this way.
    pub(crate) fn in_answer_to(self, command: &str) -> Error {
        Error::Protocol { command: command.to_owned(), source: self }
    }
}
