//! A running guest, and all one can do with it.

use crate::{
    channel::{Channel, Refusal},
    disk,
    layout::Layout,
    machine::Machine,
    shell::{Output, Shell},
    state::Parts,
    timing,
};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How long a boot may take on a busy machine.
const BOOT: Duration = Duration::from_secs(600);

/// How long a command, an event or an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

impl Layout {
    /// Starts a guest from its saved state, which is made if this is the first one.
    pub fn start(&self) -> Result<Guest> {
        let parts = Parts::of(self)?;
        let directory = tempfile::tempdir()?;
        let mut arguments = parts.restore(directory.path())?;
        arguments.splice(0..0, parts.arguments.iter().cloned());
        let started = Instant::now();
        let mut machine = Machine::start(directory.path(), &arguments)?;
        machine.wait_until_running()?;
        let guest = Guest::attach(directory, machine, &parts)?;
        timing::record(self.name, "restore", started.elapsed())?;
        Ok(guest)
    }

    /// Boots a guest.
    pub fn boot(&self) -> Result<Guest> {
        Guest::boot_in(tempfile::tempdir()?, &Parts::of(self)?)
    }
}

/// A guest with an agent that has answered and a shell that has too.
#[derive(Debug)]
pub struct Guest {
    machine: Machine,
    /// The host's end of the agent's port.
    pub agent: Channel,
    shell: Shell,
    arguments: Vec<String>,
    directory: TempDir,
}

impl Guest {
    pub(crate) fn boot_in(directory: TempDir, parts: &Parts) -> Result<Self> {
        parts.write(directory.path())?;
        let started = Instant::now();
        let machine = Machine::start(directory.path(), &parts.arguments)?;
        let mut guest = Self::attach(directory, machine, parts)?;
        guest.shell.run(parts.layout.settled, BOOT).with_context(|| guest.machine.last_words())?;
        timing::record(parts.layout.name, "boot", started.elapsed())?;
        Ok(guest)
    }

    fn attach(directory: TempDir, machine: Machine, parts: &Parts) -> Result<Self> {
        let (agent, shell) = connect(directory.path()).with_context(|| machine.last_words())?;
        Ok(Self { machine, agent, shell, arguments: parts.arguments.clone(), directory })
    }

    /// Has the agent run a command, and gives the value it returns; a [`Refusal`] is an error.
    pub fn call(&mut self, command: &str, arguments: Value) -> Result<Value> {
        self.agent.call(command, arguments, PATIENCE).with_context(|| self.machine.last_words())
    }

    /// Has the agent run a command that must fail, and gives its error.
    pub fn refusal(&mut self, command: &str, arguments: Value) -> Result<Refusal> {
        match self.call(command, arguments) {
            Ok(value) => bail!("{command} should fail, but returns {value}"),
            Err(error) => error.downcast(),
        }
    }

    /// Sends the agent a request that is silent when all goes well.
    pub fn tell(&mut self, command: &str, arguments: Value) -> Result<()> {
        self.agent.post(command, arguments)
    }

    /// Runs a shell command in the guest, which must succeed, and gives what it printed.
    pub fn sh(&mut self, command: &str) -> Result<String> {
        let output = self.try_sh(command)?;
        if output.status != 0 {
            bail!("{command:?} ended with {}: {}", output.status, output.text);
        }
        Ok(output.text)
    }

    /// Runs a shell command in the guest that takes up to so many seconds.
    pub fn sh_for(&mut self, command: &str, seconds: u64) -> Result<()> {
        self.shell.run(command, Duration::from_secs(seconds)).with_context(|| self.machine.last_words())?;
        Ok(())
    }

    /// Runs a shell command in the guest, which may fail.
    pub fn try_sh(&mut self, command: &str) -> Result<Output> {
        self.shell.run(command, PATIENCE).with_context(|| self.machine.last_words())
    }

    /// Runs a shell command in the guest again and again until it prints that.
    pub fn wait_for(&mut self, command: &str, printed: &str) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let output = self.try_sh(command)?;
            if output.text == printed {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("{command:?} still prints {:?}, not {printed:?}", output.text);
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Has QEMU run a command.
    pub fn qmp(&mut self, command: &str, arguments: Value) -> Result<Value> {
        self.machine.qmp.call(command, arguments).with_context(|| self.machine.last_words())
    }

    /// Waits for an event of QEMU that was not waited for before, and gives its data.
    pub fn wait_for_event(&mut self, name: &str) -> Result<Value> {
        self.machine.qmp.wait_for_event(name, PATIENCE).with_context(|| self.machine.last_words())
    }

    /// Whether an event of QEMU has come that was not waited for.
    pub fn has_event(&mut self, name: &str) -> Result<bool> {
        self.machine.qmp.has_event(name)
    }

    /// `running`, `suspended` and so on.
    pub fn status(&mut self) -> Result<String> {
        let status = self.qmp("query-status", json!({}))?;
        let status = status.get("status").and_then(Value::as_str).context("no status")?;
        Ok(status.to_owned())
    }

    /// Waits until QEMU has ended by itself.
    pub fn wait_until_off(&mut self) -> Result<()> {
        self.machine.wait()?;
        Ok(())
    }

    /// Ends QEMU if it runs, and boots on the same disks.
    pub fn power_on_again(self) -> Result<Self> {
        let Self { machine, arguments, directory, .. } = self;
        drop(machine);
        let machine = Machine::start(directory.path(), &arguments)?;
        let (agent, shell) = connect(directory.path()).with_context(|| machine.last_words())?;
        Ok(Self { machine, agent, shell, arguments, directory })
    }

    /// Connects anew, as a host does that was away, and syncs.
    pub fn reconnect(&mut self) -> Result<()> {
        self.reconnect_unsynced()?;
        self.agent.sync(PATIENCE)
    }

    /// How `qga` of this host is run with this guest. Let go of the port first: it serves one at a time.
    pub fn client(&self) -> Result<Command> {
        let mut command = Command::new(qga_testkit::program::client()?);
        command.env("QGA_CONNECT", format!("unix:{}", self.socket("agent").display())).stdin(Stdio::null());
        command.args(["--timeout", &BOOT.as_secs().to_string()]);
        Ok(command)
    }

    /// Connects anew; what comes first may be left over from before.
    pub fn reconnect_unsynced(&mut self) -> Result<()> {
        self.agent = Channel::connect(&self.socket("agent"))?;
        Ok(())
    }

    /// Waits until the shell answers again, after the guest was suspended or reset.
    pub fn wait_for_shell(&mut self) -> Result<()> {
        self.shell.wait_until_ready(BOOT).with_context(|| self.machine.last_words())
    }

    /// Waits until the agent answers, and throws away what it sent before.
    pub fn sync(&mut self) -> Result<()> {
        self.agent.sync(BOOT).with_context(|| self.machine.last_words())
    }

    /// Kills the agent and starts another with these options.
    pub fn restart_agent(&mut self, options: &str) -> Result<()> {
        self.kill_agent()?;
        self.sh(&format!("/lab/start-agent {options}"))?;
        self.sync()
    }

    /// Ends the agent as a crash would, and waits until its process is gone.
    pub fn kill_agent(&mut self) -> Result<()> {
        self.sh("kill -9 $(cat /run/agent.pid)")?;
        self.wait_for("kill -0 $(cat /run/agent.pid) 2>/dev/null || echo gone", "gone")
    }

    /// The image file of a disk.
    pub fn image(&self, disk: &str) -> PathBuf {
        self.directory.path().join(disk::image_name(disk))
    }

    /// The socket of the character device with that name.
    pub fn socket(&self, name: &str) -> PathBuf {
        self.directory.path().join(format!("{name}.sock"))
    }

    /// What the guest has printed on its console.
    pub fn console(&self) -> Result<String> {
        Ok(std::fs::read_to_string(self.directory.path().join("console.log"))?)
    }

    /// Waits until the guest prints that on its console.
    pub fn wait_for_console(&self, text: &str) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while !self.console()?.contains(text) {
            if Instant::now() > deadline {
                bail!("{text:?} is not on the console: {}", self.console()?);
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Ends QEMU and gives the directory with the images.
    pub(crate) fn into_directory(self) -> TempDir {
        let Self { machine, directory, .. } = self;
        drop(machine);
        directory
    }
}

/// Connects to the agent and the shell of a guest that boots or runs.
fn connect(directory: &Path) -> Result<(Channel, Shell)> {
    let mut agent = Channel::connect(&directory.join("agent.sock"))?;
    agent.sync(BOOT)?;
    let shell = Shell::connect(&directory.join("shell.sock"), BOOT)?;
    Ok((agent, shell))
}
