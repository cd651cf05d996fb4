//! A running QEMU.

use crate::{program, qmp::Qmp, slot::Slot};
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

/// How long QEMU may take to open its sockets, or to end after the guest has.
const START: Duration = Duration::from_secs(60);

/// A QEMU process, ended when the value is dropped, and by the kernel when this thread ends without that.
#[derive(Debug)]
pub struct Machine {
    child: Child,
    directory: PathBuf,
    /// QEMU's control channel.
    pub qmp: Qmp,
    _slot: Slot,
}

impl Machine {
    /// Starts QEMU, its sockets and logs in the directory.
    pub fn start(directory: &Path, arguments: &[String]) -> Result<Self> {
        let slot = Slot::wait();
        let errors = File::create(directory.join("qemu.log"))?;
        let mut child = Command::new(program::find("setpriv")?)
            .args(["--pdeathsig", "KILL"])
            .arg(program::find("qemu-system-x86_64")?)
            .args(arguments)
            .current_dir(directory)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(errors)
            .spawn()
            .context("cannot start QEMU")?;
        match connect(directory, &mut child) {
            Ok(qmp) => Ok(Self { child, directory: directory.to_owned(), qmp, _slot: slot }),
            Err(error) => {
                child.kill()?;
                child.wait()?;
                Err(error.context(last_words(directory)))
            }
        }
    }

    /// Waits until a saved state is loaded and the guest runs.
    pub fn wait_until_running(&mut self) -> Result<()> {
        let deadline = Instant::now() + START;
        while self.qmp.call("query-status", json!({}))?.get("running") != Some(&json!(true)) {
            if Instant::now() > deadline {
                bail!("the saved state does not run");
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Waits until QEMU has ended by itself.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        wait(&mut self.child)
    }

    /// The end of what the guest printed on its console, and of what QEMU complained of.
    pub fn last_words(&self) -> String {
        last_words(&self.directory)
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // Both fail only for a process that has ended and was waited for, which is what they are to bring about.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn connect(directory: &Path, child: &mut Child) -> Result<Qmp> {
    let path = directory.join("qmp.sock");
    let deadline = Instant::now() + START;
    loop {
        match Qmp::connect(&path) {
            Ok(qmp) => return Ok(qmp),
            Err(error) if Instant::now() > deadline => return Err(error),
            Err(_) => thread::sleep(Duration::from_millis(5)),
        }
        if let Some(status) = child.try_wait()? {
            bail!("QEMU ended with {status}");
        }
    }
}

fn wait(child: &mut Child) -> Result<ExitStatus> {
    let deadline = Instant::now() + START;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if Instant::now() > deadline {
            bail!("QEMU does not end");
        }
        thread::sleep(Duration::from_millis(10));
    }
}

fn last_words(directory: &Path) -> String {
    let tail = |name: &str| {
        let text = fs::read(directory.join(name)).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines.get(lines.len().saturating_sub(15)..).unwrap_or_default().join("\n")
    };
    format!("console:\n{}\nQEMU:\n{}", tail("console.log"), tail("qemu.log"))
}
