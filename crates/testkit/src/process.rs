//! Processes that do not outlive their test.

use std::process::{Child, ExitStatus};

use anyhow::Result;

use crate::deadline::wait_until;

/// How a run came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// Its standard output, with `ARGV0` for the program's path and `@SCRATCH@` for the scratch directory.
    pub output: String,
    /// Its standard error, likewise.
    pub errors: String,
}

#[derive(Debug)]
pub(crate) struct KilledOnDrop(pub(crate) Child);

impl KilledOnDrop {
    pub(crate) fn wait(&mut self) -> Result<ExitStatus> {
        wait_until("the end of the agent", || Ok(self.0.try_wait()?))
    }
}

impl Drop for KilledOnDrop {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill, and only the waiting counts.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
