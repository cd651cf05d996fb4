//! An agent in the background, which is no child of the test.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Result, ensure};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use qga_testkit::{Connection, DANGEROUS, Scratch, Start, wait_until};

/// An agent started with `--daemonize`; killed when dropped.
#[derive(Debug)]
pub struct Daemon(Pid);

impl Daemon {
    /// Starts it and waits for its pid file.
    pub fn start(scratch: &Scratch) -> Result<Daemon> {
        let pidfile = Daemon::pidfile(scratch);
        let ended = Daemon::options(&pidfile).arguments(&["-p", "@SCRATCH@/ga.sock"]).run_in(scratch)?;
        ensure!(ended.code == Some(0), "{ended:?}");
        let pid = wait_until("the pid file", || {
            let text = fs::read_to_string(&pidfile).unwrap_or_default();
            Ok(text.strip_suffix('\n').map(str::parse).transpose()?)
        })?;
        Ok(Daemon(Pid::from_raw(pid)))
    }

    /// How a daemon with this pid file is started, but for its socket.
    pub fn options(pidfile: &Path) -> Start {
        let state = ["--daemonize", "--statedir=@SCRATCH@/state", "--method=unix-listen"];
        let block = format!("--block-rpcs={DANGEROUS}");
        Start::bare().arguments(&state).argument(&block).argument(&format!("--pidfile={}", pidfile.display()))
    }

    /// Where it has its pid file.
    pub fn pidfile(scratch: &Scratch) -> PathBuf {
        scratch.files().join("pid")
    }

    /// Its process id.
    pub fn pid(&self) -> i32 {
        self.0.as_raw()
    }

    /// Opens a connection to it.
    pub fn connect(&self, scratch: &Scratch) -> Result<Connection> {
        Connection::open(&scratch.socket(), &scratch.log())
    }

    /// Tells it to end and waits for that.
    pub fn stop(&self) -> Result<()> {
        kill(self.0, Signal::SIGTERM)?;
        wait_until("the end of the daemon", || Ok((!self.is_running()).then_some(())))
    }

    /// Whether it has not ended; what nobody has waited for yet is in state Z, see proc(5).
    fn is_running(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0)).unwrap_or_default();
        stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.starts_with(" Z"))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if self.is_running() {
            // It may end by itself meanwhile, which is as good.
            let _ = kill(self.0, Signal::SIGKILL);
        }
    }
}
