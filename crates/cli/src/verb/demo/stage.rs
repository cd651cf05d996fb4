//! What the demo has on loan from this machine: a process and a directory. Both are given back, whatever
//! happens.

use super::agent;
use crate::failure::INTERRUPTED;
use crate::output;
use crate::terminal::Escaped;
use anyhow::{Context, bail};
use qga_client::{Address, Client, Error, Options};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long an agent may take to start.
const START: Duration = Duration::from_secs(10);
/// How long to wait before looking again whether it has.
const GLANCE: Duration = Duration::from_millis(5);

/// Keeps the stage where Ctrl-C finds it, too.
pub(super) struct Curtain(Arc<Mutex<Option<Stage>>>);

impl Curtain {
    /// From now on Ctrl-C cleans up and ends the program.
    pub(super) fn new() -> anyhow::Result<Curtain> {
        let curtain = Curtain(Arc::default());
        let interrupted = Curtain(Arc::clone(&curtain.0));
        ctrlc::set_handler(move || interrupted.fall_and_exit()).context("cannot prepare for Ctrl-C")?;
        Ok(curtain)
    }

    /// Sets a stage and keeps it. An interruption waits until it is there to be cleaned up.
    pub(super) fn raise(&self, set: impl FnOnce() -> anyhow::Result<Stage>) -> anyhow::Result<Scene> {
        let mut place = self.stage();
        let stage = place.insert(set()?);
        Ok(stage.scene())
    }

    /// Gives back what is on loan.
    pub(super) fn fall(&self) -> anyhow::Result<()> {
        self.stage().take().map_or(Ok(()), Stage::clean_up)
    }

    /// The lock is kept until the end, so that the main thread, which sees its agent vanish, says nothing more.
    fn fall_and_exit(&self) -> ! {
        let mut place = self.stage();
        match place.take().map_or(Ok(()), Stage::clean_up) {
            Ok(()) => output::remark("\nInterrupted; everything is cleaned up."),
            Err(error) => output::remark(&format!("\nInterrupted; {:#}", Escaped(error))),
        }
        process::exit(INTERRUPTED.into())
    }

    fn stage(&self) -> MutexGuard<'_, Option<Stage>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An agent that runs in a directory of its own.
pub(super) struct Stage {
    process: Child,
    directory: TempDir,
}

/// What there is to see of a stage.
pub(super) struct Scene {
    /// The agent's process.
    pub(super) process: u32,
    /// A socket that only this user can reach.
    pub(super) address: Address,
    /// A file that does not exist yet, and goes when the stage does.
    pub(super) scratch: PathBuf,
}

impl Stage {
    /// Starts `program`.
    pub(super) fn set(program: &Path) -> anyhow::Result<Stage> {
        let directory =
            tempfile::Builder::new().prefix("qga-demo-").tempdir().context("cannot make a directory")?;
        let log = File::create(log_path(&directory)).context("cannot make a file")?;
        let process = Command::new(program)
            .args(["-m", "unix-listen", "-a", &agent::allowed().collect::<Vec<_>>().join(",")])
            .arg("-p")
            .arg(directory.path().join("agent.sock"))
            .arg("-t")
            .arg(directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot run {}", program.display()))?;
        let mut stage = Stage { process, directory };
        match stage.wait_until_started(program) {
            Ok(()) => Ok(stage),
            Err(error) => match stage.clean_up() {
                Ok(()) => Err(error),
                Err(cleaning) => Err(error.context(cleaning)),
            },
        }
    }

    fn wait_until_started(&mut self, program: &Path) -> anyhow::Result<()> {
        let address = self.scene().address;
        let deadline = Instant::now() + START;
        loop {
            let patience = deadline.saturating_duration_since(Instant::now());
            match Client::connect(&address, Options { timeout: patience, ..Options::default() }) {
                Err(Error::Unreachable { .. }) if !patience.is_zero() => {}
                connected => return Ok(connected.map(drop)?),
            }
            if let Some(status) = self.process.try_wait()? {
                let log = fs::read_to_string(log_path(&self.directory)).unwrap_or_default();
                bail!("{} ended at once, {status}: {}", program.display(), log.trim());
            }
            thread::sleep(GLANCE);
        }
    }

    fn scene(&self) -> Scene {
        let directory = self.directory.path();
        Scene {
            process: self.process.id(),
            address: Address::Unix(directory.join("agent.sock")),
            scratch: directory.join("round-trip"),
        }
    }

    /// Ends the agent and removes the directory; tries both and tells of both.
    fn clean_up(mut self) -> anyhow::Result<()> {
        let ended = self.process.kill().and_then(|()| self.process.wait());
        let path = self.directory.path().to_owned();
        let removed = self.directory.close();
        match (ended, removed) {
            (Ok(_), Ok(())) => Ok(()),
            (Err(error), Ok(())) => bail!("cannot end the agent: {error}"),
            (Ok(_), Err(error)) => bail!("cannot remove {}: {error}", path.display()),
            (Err(ending), Err(removing)) => {
                bail!("cannot end the agent: {ending}; cannot remove {}: {removing}", path.display())
            }
        }
    }
}

fn log_path(directory: &TempDir) -> PathBuf {
    directory.path().join("agent.log")
}
