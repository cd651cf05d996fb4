//! Stand-ins that record what they are asked for, for tests that must not change the machine they run on.
//!
//! Their clones share what is recorded: one goes into the [`Os`](crate::Os), the other tells the test.

use crate::freeze::{self, Freezing, Trimmed};
use crate::helper::{self, Failure, Helper};
use crate::{Error, Result, time};
use nix::errno::Errno;
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Clone, Default)]
struct Record(Arc<Mutex<Vec<String>>>);

impl Record {
    fn lines(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Programs that are all there and work, unless told otherwise.
#[derive(Clone, Default)]
pub struct Programs {
    seen: Record,
    failing: HashMap<String, (i32, String)>,
}

impl Programs {
    /// Has a command line, or all of a program, end with `status` and `output`.
    #[must_use]
    pub fn fails(mut self, command: &str, status: i32, output: &str) -> Programs {
        self.failing.insert(command.to_owned(), (status, output.to_owned()));
        self
    }

    /// The command lines that were run.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lines().clone()
    }
}

impl helper::Programs for Programs {
    fn run(&self, helper: &Helper) -> std::result::Result<(), Failure> {
        let program = helper.program.to_string_lossy().into_owned();
        let words: Vec<&str> =
            std::iter::once(&program).chain(&helper.arguments).map(String::as_str).collect();
        let line = words.join(" ");
        self.seen.lines().push(line.clone());
        match self.failing.get(&line).or_else(|| self.failing.get(&program)) {
            Some((status, output)) => {
                Err(Failure::Exited { action: helper.action, status: *status, output: output.clone() })
            }
            None => Ok(()),
        }
    }
}

/// A clock that stands still.
#[derive(Clone, Default)]
pub struct Clock(Arc<AtomicI64>);

impl time::Clock for Clock {
    fn now(&self) -> Result<time::Nanoseconds> {
        Ok(self.0.load(Ordering::Relaxed))
    }

    fn set(&self, time: time::Nanoseconds) -> Result<()> {
        self.0.store(time, Ordering::Relaxed);
        Ok(())
    }
}

/// Filesystems that only remember whether they are frozen.
#[derive(Clone, Default)]
pub struct Filesystems {
    seen: Record,
    frozen: Record,
    unsupported: Vec<String>,
    failing: Vec<String>,
}

impl Filesystems {
    /// Has a filesystem that cannot be frozen or trimmed.
    #[must_use]
    pub fn lacks(mut self, mount_point: &str) -> Filesystems {
        self.unsupported.push(mount_point.to_owned());
        self
    }

    /// Has a filesystem on which freezing and trimming meet an error.
    #[must_use]
    pub fn fails(mut self, mount_point: &str) -> Filesystems {
        self.failing.push(mount_point.to_owned());
        self
    }

    /// What was done, in order: `freeze /`.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lines().clone()
    }

    /// The mount points that are frozen, in the order in which that was done.
    pub fn frozen(&self) -> Vec<String> {
        self.frozen.lines().clone()
    }

    fn note(&self, act: &str, mount_point: &Path) -> String {
        let path = mount_point.to_string_lossy().into_owned();
        self.seen.lines().push(format!("{act} {path}"));
        path
    }
}

impl freeze::Filesystems for Filesystems {
    fn freeze(&self, mount_point: &Path) -> Result<Freezing> {
        let path = self.note("freeze", mount_point);
        if self.failing.contains(&path) {
            return Err(Error::new(format!("failed to freeze {path}"), Errno::EIO));
        }
        if self.unsupported.contains(&path) {
            return Ok(Freezing::Unsupported);
        }
        let mut frozen = self.frozen.lines();
        if frozen.contains(&path) {
            return Ok(Freezing::AlreadyFrozen);
        }
        frozen.push(path);
        Ok(Freezing::Frozen)
    }

    fn thaw(&self, mount_point: &Path) -> Result<bool> {
        let path = self.note("thaw", mount_point);
        let mut frozen = self.frozen.lines();
        let before = frozen.len();
        frozen.retain(|other| *other != path);
        Ok(frozen.len() < before)
    }

    fn trim(&self, mount_point: &Path, minimum: u64) -> Result<Trimmed> {
        let path = self.note("trim", mount_point);
        if self.failing.contains(&path) {
            return Err(Error::new("failed to trim", Errno::EIO));
        }
        if self.unsupported.contains(&path) {
            return Err(Error::told("trim not supported"));
        }
        Ok(Trimmed { trimmed: 4096, minimum })
    }
}
