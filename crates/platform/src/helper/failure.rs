use super::Helper;
use crate::{Error, strerror};
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::process::ExitStatus;
use std::time::Duration;

/// Why a helper did not do its work, in the words of compat.md B.3.
#[derive(Debug)]
pub enum Failure {
    /// It ended with another status than 0.
    Exited {
        /// What it was to do.
        action: &'static str,
        /// Its exit status.
        status: i32,
        /// What it wrote.
        output: String,
    },
    /// A signal ended it.
    Killed {
        /// What it wrote.
        output: String,
    },
    /// It was killed because it took too long.
    TooLong {
        /// What it was to do.
        action: &'static str,
        /// How long it could take.
        limit: Duration,
        /// What it wrote.
        output: String,
    },
    /// It could not be executed.
    NotRun {
        /// What it was to do.
        action: &'static str,
        /// Its name.
        program: OsString,
        /// What the system said.
        reason: io::Error,
    },
    /// What goes with starting a program failed.
    Plumbing(Error),
}

pub(super) fn judge(helper: &Helper, status: ExitStatus, output: String) -> Result<String, Failure> {
    match status.code() {
        Some(0) => Ok(output),
        Some(status) => Err(Failure::Exited { action: helper.action, status, output }),
        None => Err(Failure::Killed { output }),
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Exited { action, status, output } if output.is_empty() => {
                write!(out, "child process has failed to {action}: exit status {status}")
            }
            Failure::Exited { action, output, .. } => {
                write!(out, "child process has failed to {action}: {output}")
            }
            Failure::Killed { output } if output.is_empty() => {
                out.write_str("child process has terminated abnormally")
            }
            Failure::Killed { output } => write!(out, "child process has terminated abnormally: {output}"),
            Failure::TooLong { action, limit, output } => {
                let limit = limit.as_secs_f32();
                write!(out, "child process has failed to {action}: killed after {limit} seconds")?;
                if output.is_empty() { Ok(()) } else { write!(out, ": {output}") }
            }
            Failure::NotRun { action, program, reason } => {
                let (program, reason) = (program.to_string_lossy(), strerror(reason));
                writeln!(out, "child process has failed to {action}: failed to exec '{program}': {reason}")
            }
            Failure::Plumbing(error) => error.fmt(out),
        }
    }
}

impl Failure {
    /// The last line that the program wrote, if it wrote any: where most programs say what is wrong.
    pub fn last_line(&self) -> Option<&str> {
        match self {
            Failure::Exited { output, .. } | Failure::Killed { output } | Failure::TooLong { output, .. } => {
                output.lines().map(str::trim).rfind(|line| !line.is_empty())
            }
            Failure::NotRun { .. } | Failure::Plumbing(_) => None,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Plumbing(error)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Error {
        match failure {
            Failure::Plumbing(error) => error,
            other => Error::told(other.to_string()),
        }
    }
}
