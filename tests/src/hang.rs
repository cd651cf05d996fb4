//! A command that hangs for as long as a test wants.

use std::{
    fs::{self, File, OpenOptions},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use nix::{errno::Errno, fcntl::OFlag};
use qga_testkit::{Agent, Scratch, Start, wait_until};

/// An agent that hangs in [`Hang::REQUEST`] until told otherwise: the programs that the command asks whether
/// the machine can suspend are replaced by one that waits at a pipe and then says no. The agent has no
/// privileges, so it could not suspend the machine in any case.
#[derive(Debug)]
pub struct Hang {
    /// The agent.
    pub agent: Agent,
    pipe: PathBuf,
    writer: Option<File>,
}

impl Hang {
    /// A request that hangs.
    pub const REQUEST: &str = "{\"execute\": \"guest-suspend-hybrid\"}\n";

    /// Part of what it answers in the end.
    pub const ANSWER: &str = "the requested suspend mode is not supported by the guest";

    /// Starts the agent.
    pub fn start() -> Result<Hang> {
        let scratch = Scratch::new()?;
        let pipe = scratch.make_pipe("pipe")?;
        let path = pipe.display();
        let stand_in = format!("#!/bin/sh\n[ -p {path} ] && read line <{path}\nexit 4\n");
        for asked in ["systemctl", "pm-is-supported"] {
            scratch.write_program(asked, &stand_in)?;
        }
        let start = Start::default().unblocked().variable("PATH", "@SCRATCH@/f:/usr/bin:/bin");
        Ok(Hang { agent: start.start_in(scratch)?, pipe, writer: None })
    }

    /// Waits until a command hangs.
    pub fn reached(&mut self) -> Result<()> {
        let writer = wait_until("a command that hangs", || open_if_read(&self.pipe))?;
        self.writer = Some(writer);
        Ok(())
    }

    /// Lets all commands that hang come to their end, and later ones not hang.
    pub fn release(&mut self) -> Result<()> {
        fs::remove_file(&self.pipe)?;
        self.writer = None;
        Ok(())
    }
}

impl Drop for Hang {
    fn drop(&mut self) {
        // Opening ends the waiting of a program that waits still, and one that the agent runs next finds no pipe to wait at.
        // Mostly there is neither.
        let _waiting = open_if_read(&self.pipe);
        let _ = self.release();
    }
}

/// Opens a pipe for writing; only possible while somebody has it open for reading.
fn open_if_read(pipe: &Path) -> Result<Option<File>> {
    match OpenOptions::new().write(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(pipe) {
        Ok(writer) => Ok(Some(writer)),
        Err(error) if error.raw_os_error() == Some(Errno::ENXIO as i32) => Ok(None),
        Err(error) => Err(error).context("cannot open the pipe"),
    }
}
