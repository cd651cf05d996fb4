//! A guest, and runs of `qga` with it.

use qga_testkit::{Agent, Scratch};
use std::process::{Command, Stdio};

/// How a run came to its end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    /// Both outputs, with `@SCRATCH@` for the agent's directory.
    pub(crate) output: String,
    pub(crate) errors: String,
}

/// An agent that listens.
pub(crate) struct Guest(pub(crate) Agent);

impl Guest {
    pub(crate) fn new() -> Guest {
        Guest::of(Agent::start().unwrap())
    }

    /// A guest of an agent that was started in some other way.
    pub(crate) fn of(mut agent: Agent) -> Guest {
        drop(agent.connect().unwrap());
        Guest(agent)
    }

    pub(crate) fn scratch(&self) -> &Scratch {
        self.0.scratch()
    }

    /// `qga`, connected to this guest.
    pub(crate) fn command(&self) -> Command {
        let mut command = qga();
        command.env("QGA_CONNECT", format!("unix:{}", self.scratch().socket().display()));
        command
    }

    /// Runs `qga` with these arguments, connected to this guest.
    pub(crate) fn qga(&self, arguments: &[&str]) -> Ended {
        let ended = ended(self.command().args(arguments));
        let hide = |text: String| text.replace(&*self.scratch().path().to_string_lossy(), "@SCRATCH@");
        Ended { output: hide(ended.output), errors: hide(ended.errors), ..ended }
    }
}

/// `qga` that knows no guest.
pub(crate) fn qga() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_qga"));
    command.env_remove("QGA_CONNECT").stdin(Stdio::null());
    command
}

/// Runs it to its end.
pub(crate) fn ended(command: &mut Command) -> Ended {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code(), output: text(output.stdout), errors: text(output.stderr) }
}
