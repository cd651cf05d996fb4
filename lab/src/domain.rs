//! A guest that libvirt starts, and that is driven through libvirt alone.

use crate::{
    agent::Agent,
    kernel::Kernel,
    layout::{KERNEL_OPTIONS, Layout},
    libvirt::Libvirt,
    program,
    shell::Shell,
    slot::Slot,
    store,
};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// The name that `lab/guest/domain.xml` gives it.
pub const NAME: &str = "lab";

/// How long a boot may take on a busy machine, one from a disk's memory included.
const BOOT: Duration = Duration::from_secs(600);

/// How long all else may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A domain, and the libvirt whose only one it is.
#[derive(Debug)]
pub struct Domain {
    /// The libvirt.
    pub libvirt: Libvirt,
    shell: Shell,
    _slot: Slot,
}

impl Domain {
    /// Starts a libvirt and in it a guest with the file tree and the disks of the layout, which are those that
    /// `lab/guest/domain.xml` names.
    pub fn start(layout: &Layout) -> Result<Self> {
        let slot = Slot::wait();
        let libvirt = Libvirt::start()?;
        let home = libvirt.directory();
        layout.create_disks(home)?;
        let description = describe(layout, home)?;
        libvirt.virsh(&["define", &description])?;
        libvirt.virsh(&["start", NAME]).with_context(|| libvirt.log())?;
        let shell = connect(home)?;
        let domain = Self { libvirt, shell, _slot: slot };
        domain.wait_for_agent()?;
        Ok(domain)
    }

    /// Runs a command of virsh on the domain, which must succeed, and gives what it printed.
    pub fn virsh(&self, command: &str, arguments: &[&str]) -> Result<String> {
        self.libvirt.virsh(&[&[command, NAME], arguments].concat())
    }

    /// Runs a command of virsh on the domain, which must fail, and gives what it complained of.
    pub fn complaint(&self, command: &str, arguments: &[&str]) -> Result<String> {
        self.libvirt.complaint(&[&[command, NAME], arguments].concat())
    }

    /// Has libvirt hand on a command to the agent, and gives the whole answer.
    pub fn ask(&self, command: &str) -> Result<Value> {
        let request = json!({ "execute": command }).to_string();
        Ok(serde_json::from_str(&self.virsh("qemu-agent-command", &[&request])?)?)
    }

    /// Waits until the agent answers.
    pub fn wait_for_agent(&self) -> Result<()> {
        wait_until(BOOT, || self.ask("guest-ping").map(drop))
    }

    /// Waits until libvirt knows that there is no agent.
    pub fn wait_until_agent_is_gone(&self) -> Result<()> {
        wait_until(PATIENCE, || match self.ask("guest-ping") {
            Err(error) if error.to_string().contains("not connected") => Ok(()),
            other => bail!("the agent is there still: {other:?}"),
        })
    }

    /// Waits until libvirt calls the domain that.
    pub fn wait_for_state(&self, state: &str) -> Result<()> {
        wait_until(PATIENCE, || match self.virsh("domstate", &[])? {
            found if found == state => Ok(()),
            found => bail!("the domain is {found}, not {state}"),
        })
    }

    /// Starts a domain that is shut off, and waits for its agent.
    pub fn start_again(&mut self) -> Result<()> {
        self.virsh("start", &[])?;
        self.shell = connect(self.libvirt.directory())?;
        self.wait_for_agent()
    }

    /// Waits until a guest that is rebooting has done so: until the agent that was there is not, and one is again.
    pub fn wait_for_restart(&mut self) -> Result<()> {
        self.wait_until_agent_is_gone()?;
        self.wait_for_agent()?;
        self.shell.wait_until_ready(BOOT)
    }

    /// Runs a shell command in the guest, which must succeed, and gives what it printed.
    pub fn sh(&mut self, command: &str) -> Result<String> {
        let output = self.shell.run(command, PATIENCE)?;
        if output.status != 0 {
            bail!("{command:?} ended with {}: {}", output.status, output.text);
        }
        Ok(output.text)
    }

    /// Waits until the shell answers again, after the guest was suspended or reset.
    pub fn wait_for_shell(&mut self) -> Result<()> {
        self.shell.wait_until_ready(BOOT)
    }
}

/// Writes the guest's file tree and its description for libvirt, and gives the path of that.
fn describe(layout: &Layout, home: &Path) -> Result<String> {
    let (agent, kernel) = (Agent::under_test()?, Kernel::installed()?);
    store::write(&home.join("initrd"), &layout.initramfs(&agent, &kernel)?.archive()?)?;
    let emulator = program::find("qemu-system-x86_64")?;
    let values = [
        ("@KERNEL@", kernel.packaged.to_string_lossy()),
        ("@HOME@", home.to_string_lossy()),
        ("@OPTIONS@", KERNEL_OPTIONS.into()),
        ("@EMULATOR@", emulator.to_string_lossy()),
    ];
    let template = include_str!("../guest/domain.xml").to_owned();
    let description = values.iter().fold(template, |text, (name, value)| text.replace(name, value));
    let path = home.join("domain.xml");
    fs::write(&path, description)?;
    Ok(path.to_string_lossy().into_owned())
}

fn connect(home: &Path) -> Result<Shell> {
    Shell::connect(&home.join("shell.sock"), BOOT)
}

/// Tries again and again; the last error if it does not succeed in that time.
fn wait_until(time: Duration, mut attempt: impl FnMut() -> Result<()>) -> Result<()> {
    let deadline = Instant::now() + time;
    loop {
        match attempt() {
            Err(error) if Instant::now() > deadline => return Err(error.context("no time left")),
            Err(_) => thread::sleep(Duration::from_millis(100)),
            Ok(()) => return Ok(()),
        }
    }
}
