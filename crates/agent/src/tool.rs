//! What the program does besides serving, when its first argument says so.
//!
//! The reference agent ignores words that are no options; these few it would ignore, too, so nothing that
//! starts an agent uses them.

use crate::config::{Config, ConfigError, Wish};
use crate::options::{self, Given, Misuse, Role};
use crate::{audit, doctor, policy, unit};
use qga_platform::strerror;
use std::env;
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
    Tool {
        name: "unit",
        help: "print a unit for systemd with a sandbox that fits the policy; unit --help tells more",
        run: unit::run,
    },
];

/// The exit code for a command line that makes no sense.
const MISUSED: u8 = 2;

/// The agent's own options, where a tool takes them.
pub(crate) enum AgentOptions {
    /// The tool's usage is asked for.
    Help,
    Given(Vec<Result<Given, Misuse>>),
}

/// The one that `word`, the first argument, asks for.
pub(crate) fn named(word: &OsStr) -> Option<&'static Tool> {
    TOOLS.iter().find(|tool| word == tool.name)
}

/// What `words` say of the agent. Here options that would have it print something else are mistakes, and so are
/// words that are none.
pub(crate) fn agent_options(words: Vec<OsString>) -> Result<AgentOptions, String> {
    let operand = options::operand(words.clone());
    let options = options::parse(words);
    for given in &options {
        let option = given.as_ref().map_err(ToString::to_string)?.option;
        match option.role {
            Role::Help => return Ok(AgentOptions::Help),
            Role::DumpConf | Role::Version => {
                return Err(format!("option '--{}' means nothing here", option.long.unwrap_or_default()));
            }
            Role::Sets { .. } | Role::ConfigFile | Role::Ignored => {}
        }
    }
    match operand {
        Some(operand) => Err(format!("'{}' is no option", operand.to_string_lossy())),
        None => Ok(AgentOptions::Given(options)),
    }
}

/// How an agent with these options would serve.
pub(crate) fn configuration(options: Vec<Result<Given, Misuse>>) -> Result<Config, ConfigError> {
    let mut config = match Config::read(options, env::var_os("QGA_CONF"))? {
        Wish::Serve(config) | Wish::DumpConf(config) => config,
        Wish::Usage | Wish::Version | Wish::CommandNames => Config::default(),
    };
    config.complete_path()?;
    Ok(config)
}

/// Tells what is wrong with a tool's command line.
pub(crate) fn misused(tool: &str, problem: &str, usage: &str) -> ExitCode {
    // Where standard error is closed nobody reads.
    let _ = write!(io::stderr(), "qemu-ga {tool}: {problem}\n{usage}");
    MISUSED.into()
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
