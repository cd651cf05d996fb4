//! A process that watches over the one that started it, and what the two say to each other.

mod line;
mod protection;

pub use line::{Heard, Line};
pub use protection::Protection;

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;
use std::env;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// A guardian as seen by the process that started it.
#[derive(Debug)]
pub struct Started {
    /// The way to it.
    pub line: Line,
    id: Pid,
    given_up: AtomicBool,
}

impl Started {
    /// Starts `program` with `argument` as a guardian: it has the [`Line`] for its standard input, and
    /// nothing else of this process but its name.
    ///
    /// The thread that calls this must live as long as the guardian, which takes its end for that of the
    /// process.
    pub fn new(program: &Path, argument: &str) -> io::Result<Started> {
        let (line, theirs) = Line::pair()?;
        let mut command = Command::new(program);
        if let Some(name) = env::args_os().next() {
            command.arg0(name);
        }
        command.arg(argument).current_dir("/");
        command.stdin(theirs).stdout(Stdio::null()).stderr(Stdio::null());
        let id = Pid::from_raw(command.spawn()?.id().try_into().map_err(io::Error::other)?);
        Ok(Started { line, id, given_up: AtomicBool::new(false) })
    }

    /// Has it end as soon as it can. It may be stuck in the kernel, where no signal reaches it: nobody waits for
    /// its end from now on.
    pub fn give_up(&self) -> io::Result<()> {
        self.given_up.store(true, Ordering::Release);
        Ok(kill(self.id, Signal::SIGKILL)?)
    }
}

impl Drop for Started {
    /// Waits for its end, which it reaches by itself once the line is closed; without this it would stay in the
    /// table of processes.
    fn drop(&mut self) {
        self.line.close();
        let id = self.id;
        if !self.given_up.load(Ordering::Acquire) {
            return bury(id);
        }
        if let Err(error) = thread::Builder::new().name("burial".to_owned()).spawn(move || bury(id)) {
            log::error!("a guardian that did not get ready is left behind: {}", crate::strerror(&error));
        }
    }
}

fn bury(id: Pid) {
    if let Err(error) = waitpid(id, None) {
        log::warn!("the guardian's end cannot be waited for: {}", crate::strerror(&error.into()));
    }
}
