//! A libvirt of our own: the daemon without privileges ("session mode"), with everything it owns in one directory.

use crate::program;
use anyhow::{Context, Result, bail};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How long the daemon may take to listen.
const START: Duration = Duration::from_secs(60);

/// A libvirt daemon. It and the machines that it starts end with this value, or with this thread: they live in a
/// process namespace of their own, whose first process is told by the kernel when ours ends.
#[derive(Debug)]
pub struct Libvirt {
    daemon: Child,
    directory: TempDir,
}

impl Libvirt {
    /// Starts the daemon and waits until it answers.
    pub fn start() -> Result<Self> {
        // Paths of sockets are short, and libvirt's are long, so not in TMPDIR.
        let directory = tempfile::tempdir_in("/tmp")?;
        write_settings(directory.path())?;
        let daemon = daemon(directory.path())?;
        let mut libvirt = Self { daemon, directory };
        libvirt.wait_until_it_listens()?;
        Ok(libvirt)
    }

    /// Everything that this libvirt owns.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// How clients name this libvirt.
    pub fn uri(&self) -> String {
        format!("qemu+unix:///session?socket={}", self.socket().display())
    }

    /// Runs virsh, which must succeed, and gives what it printed without the lines and blanks around it.
    pub fn virsh(&self, arguments: &[&str]) -> Result<String> {
        let output = self.try_virsh(arguments)?;
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr);
            bail!("virsh {} ended with {}: {text} {errors}", arguments.join(" "), output.status);
        }
        Ok(text)
    }

    /// Runs virsh, which must fail, and gives what it complained of.
    pub fn complaint(&self, arguments: &[&str]) -> Result<String> {
        let output = self.try_virsh(arguments)?;
        if output.status.success() {
            bail!("virsh {} should fail", arguments.join(" "));
        }
        Ok(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }

    fn try_virsh(&self, arguments: &[&str]) -> Result<Output> {
        let mut virsh = self.client("virsh")?;
        virsh.args(arguments).output().context("cannot run virsh")
    }

    /// A program that finds this libvirt and nothing else of the user.
    pub fn client(&self, name: &str) -> Result<Command> {
        let mut command = Command::new(program::find(name)?);
        home(&mut command, self.directory());
        command.env("LIBVIRT_DEFAULT_URI", self.uri()).stdin(Stdio::null());
        Ok(command)
    }

    fn socket(&self) -> PathBuf {
        self.directory().join("run/libvirt/libvirt-sock")
    }

    fn wait_until_it_listens(&mut self) -> Result<()> {
        let deadline = Instant::now() + START;
        while !self.socket().exists() {
            if Instant::now() > deadline || self.daemon.try_wait()?.is_some() {
                bail!("libvirtd does not listen: {}", self.log());
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// What the daemon complained of.
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory().join("libvirtd.log")).unwrap_or_default()
    }
}

impl Drop for Libvirt {
    fn drop(&mut self) {
        // Both fail only for a process that has ended and was waited for, which is what they are to bring about.
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

/// No security drivers, no other helpers: QEMU's output goes to a file by itself.
fn write_settings(directory: &Path) -> Result<()> {
    let settings = directory.join("config/libvirt");
    fs::create_dir_all(&settings)?;
    fs::create_dir_all(directory.join("run"))?;
    fs::write(settings.join("qemu.conf"), "stdio_handler = \"file\"\nsecurity_driver = \"none\"\n")?;
    fs::write(settings.join("libvirtd.conf"), "auth_unix_rw = \"none\"\nlog_level = 3\n")?;
    Ok(())
}

/// The first process of a namespace must wait for those that lose their parent, so it is a shell and not the daemon.
const FIRST_PROCESS: &str = "\"$@\" & while :; do wait; sleep 1; done";

fn daemon(directory: &Path) -> Result<Child> {
    let mut command = Command::new(program::find("setpriv")?);
    command.args(["--pdeathsig", "KILL", "unshare", "--user", "--map-user=1000", "--map-group=1000"]);
    command.args(["--pid", "--fork", "--kill-child=KILL", "--mount-proc"]);
    command.args(["sh", "-c", FIRST_PROCESS, "first"]);
    command.arg(program::find("libvirtd")?).arg("--timeout=0");
    home(&mut command, directory);
    let log = File::create(directory.join("libvirtd.log"))?;
    command.current_dir(directory).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    command.spawn().context("cannot start libvirtd")
}

fn home(command: &mut Command, directory: &Path) {
    let paths = [
        ("HOME", ""),
        ("XDG_RUNTIME_DIR", "run"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_CACHE_HOME", "cache"),
    ];
    command.env("LC_ALL", "C").envs(paths.map(|(name, path)| (name, directory.join(path))));
}
