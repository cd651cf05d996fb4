//! A process that watches over the one that started it, and what the two say to each other.

mod line;
mod protection;

pub use line::{Heard, Line};
pub use protection::Protection;

use std::env;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A guardian as seen by the process that started it.
#[derive(Debug)]
pub struct Started {
    /// The way to it.
    pub line: Line,
    child: Child,
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
        Ok(Started { child: command.spawn()?, line })
    }

    /// Has it end at once.
    pub fn kill(mut self) -> io::Result<()> {
        self.child.kill()
    }
}

impl Drop for Started {
    /// Waits for its end, which it reaches by itself once the line is closed; without this it would stay in the
    /// table of processes.
    fn drop(&mut self) {
        self.line.close();
        if let Err(error) = self.child.wait() {
            log::warn!("the guardian's end cannot be waited for: {}", crate::strerror(&error));
        }
    }
}
