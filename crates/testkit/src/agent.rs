//! An agent as a child process.

use std::{
    fs,
    os::unix::process::CommandExt,
    process::{Command, ExitStatus},
};

use anyhow::{Context, Result, ensure};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::{Connection, Scratch, Start, deadline::wait_until, process::KilledOnDrop, scratch};

/// A running agent; killed, with its scratch directory removed, when dropped.
#[derive(Debug)]
pub struct Agent {
    child: KilledOnDrop,
    scratch: Scratch,
    start: Start,
}

impl Agent {
    pub(crate) fn new(child: KilledOnDrop, scratch: Scratch, start: Start) -> Agent {
        Agent { child, scratch, start }
    }

    /// Starts the agent under test with the dangerous commands blocked.
    pub fn start() -> Result<Agent> {
        Start::default().start()
    }

    /// Its files.
    pub fn scratch(&self) -> &Scratch {
        &self.scratch
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.0.id()
    }

    /// Opens a connection as soon as the agent listens.
    pub fn connect(&mut self) -> Result<Connection> {
        wait_until("the agent's socket", || {
            if let Some(status) = self.child.0.try_wait()? {
                anyhow::bail!("the agent ended with {status}\n{}", self.log());
            }
            Ok(self.scratch.socket().exists().then_some(()))
        })?;
        Connection::open(&self.scratch.socket(), &self.scratch.log())
    }

    /// Whether it has not ended.
    pub fn is_running(&mut self) -> Result<bool> {
        Ok(self.child.0.try_wait()?.is_none())
    }

    /// Whether all its threads wait for something; one that runs or could run is in state R, see proc(5).
    pub fn is_waiting(&self) -> Result<bool> {
        for task in fs::read_dir(format!("/proc/{}/task", self.pid()))? {
            // A thread that has ended since it was listed has no such file any more.
            let stat = fs::read_to_string(task?.path().join("stat")).unwrap_or_default();
            if stat.rsplit_once(')').is_some_and(|(_, rest)| rest.starts_with(" R")) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What it wrote to its standard output and error.
    pub fn log(&self) -> String {
        fs::read(self.scratch.log()).map_or_else(
            |error| format!("the log cannot be read: {error}"),
            |log| String::from_utf8_lossy(&log).into_owned(),
        )
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let pid = Pid::from_raw(i32::try_from(self.child.0.id())?);
        kill(pid, signal).with_context(|| format!("cannot send {signal} to the agent"))
    }

    /// Sets how much of a resource it may use from now on; the names are those of prlimit(1).
    ///
    /// Done with the agent's own rights: in a container root may have fewer.
    pub fn limit(&self, resource: &str, most: u64) -> Result<()> {
        let mut prlimit = Command::new("prlimit");
        prlimit.arg(format!("--pid={}", self.pid())).arg(format!("--{resource}={most}:"));
        if let Some((user, group)) = scratch::unprivileged()? {
            prlimit.uid(user).gid(group);
        }
        let status = prlimit.status().context("cannot run prlimit")?;
        ensure!(status.success(), "prlimit ended with {status}");
        Ok(())
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        self.child.wait()
    }

    /// Ends it as a service manager does and waits for the end.
    pub fn stop(&mut self) -> Result<ExitStatus> {
        self.signal(Signal::SIGTERM)?;
        self.wait()
    }

    /// Ends it and starts it again in the same directories.
    pub fn restart(&mut self) -> Result<()> {
        if self.is_running()? {
            self.stop()?;
        }
        // An agent that was ended leaves its socket behind, which would look like the new agent's.
        if self.scratch.socket().exists() {
            fs::remove_file(self.scratch.socket())?;
        }
        self.child = self.start.spawn(&self.scratch)?;
        Ok(())
    }
}
