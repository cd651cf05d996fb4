//! What the program does besides serving, when its first argument says so.
//!
//! The reference agent ignores words that are no options; these few it would ignore, too, so nothing that
//! starts an agent uses them.

use crate::{audit, doctor, policy};
use qga_platform::strerror;
use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::process::ExitCode;

/// One of them.
#[derive(Debug)]
pub(crate) struct Tool {
    /// The first argument that asks for it.
    pub(crate) name: &'static str,
    /// What the usage text says of it.
    pub(crate) help: &'static str,
    /// Does it, with the arguments after the name.
    pub(crate) run: fn(Vec<OsString>) -> ExitCode,
}

/// All of them, in the order of the usage text.
pub(crate) const TOOLS: &[Tool] = &[
    Tool {
        name: "doctor",
        help: "find out why the agent does not work, and what to do; doctor --help tells more",
        run: doctor::run,
    },
    Tool {
        name: "audit",
        help: "find out whether somebody has changed an audit file; audit --help tells more",
        run: audit::tool::run,
    },
    Tool {
        name: "policy",
        help: "tell what the host may do, and by which rule; policy --help tells more",
        run: policy::tool::run,
    },
];

/// The one that `word`, the first argument, asks for.
pub(crate) fn named(word: &OsStr) -> Option<&'static Tool> {
    TOOLS.iter().find(|tool| word == tool.name)
}

/// Prints what a tool has to say, and ends with `code`; in failure if nobody takes it.
pub(crate) fn print(text: &[u8], code: ExitCode) -> ExitCode {
    match io::stdout().write_all(text) {
        Ok(()) => code,
        Err(error) => {
            log::error!("cannot write to standard output: {}", strerror(&error));
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_is_asked_for_by_its_exact_name() {
        for tool in TOOLS {
            assert_eq!(named(OsStr::new(tool.name)).map(|found| found.name), Some(tool.name));
        }
        assert!(named(OsStr::new("doc")).is_none() && named(OsStr::new("--doctor")).is_none());
    }
}
