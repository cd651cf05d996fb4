//! A root shell on the guest's second serial port, so that checks do not rely on the agent.

use crate::socket::Socket;
use anyhow::{Context, Result};
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// What a command printed, standard error included, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Without the line end at the end.
    pub text: String,
    /// As `$?` has it.
    pub status: i32,
}

/// A connection to the shell.
#[derive(Debug)]
pub struct Shell {
    socket: Socket,
    commands: u32,
}

impl Shell {
    /// Connects, and waits until the shell answers.
    pub fn connect(path: &Path, time: Duration) -> Result<Self> {
        let mut shell = Self { socket: Socket::connect(path)?, commands: 0 };
        shell.wait_until_ready(time)?;
        Ok(shell)
    }

    /// Runs a command. The guest's shell is killed by nothing but time, so a command that hangs is in the way of
    /// all later ones.
    pub fn run(&mut self, command: &str, time: Duration) -> Result<Output> {
        self.commands += 1;
        let mark = format!("@@{} ", self.commands);
        let deadline = Instant::now() + time;
        let line = format!("( {command}\n) </dev/null 2>&1; echo \"{mark}$?\"\n");
        self.socket.send(line.as_bytes(), deadline)?;
        let mut text = String::new();
        loop {
            let line = self.socket.line(deadline).with_context(|| format!("the shell runs {command:?}"))?;
            let line = String::from_utf8_lossy(&line);
            // The mark follows the output directly if that does not end its last line.
            if let Some((rest, status)) = line.split_once(&mark) {
                text.push_str(rest);
                let status = status.trim().parse()?;
                return Ok(Output { text: text.trim_end_matches('\n').to_owned(), status });
            }
            text.push_str(&line);
            text.push('\n');
        }
    }

    /// Asks until an answer comes: a shell that has just begun, or whose terminal was reset by a suspend, loses input.
    pub fn wait_until_ready(&mut self, time: Duration) -> Result<()> {
        let deadline = Instant::now() + time;
        loop {
            self.commands += 1;
            let mark = format!("@@ready {}", self.commands);
            self.socket.send(format!("\necho \"{mark}\"\n").as_bytes(), deadline)?;
            let patience = Instant::now() + Duration::from_millis(500);
            while let Ok(line) = self.socket.line(patience.min(deadline)) {
                if line == mark.as_bytes() {
                    return Ok(());
                }
            }
            if Instant::now() >= deadline {
                anyhow::bail!("the guest's shell does not answer");
            }
        }
    }
}
