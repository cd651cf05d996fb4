//! Freezing and thawing filesystems (compat.md C.5).
//!
//! A freeze goes from hook to hook as one [`Transaction`]: either all that was asked for is frozen in the end,
//! or nothing is. A thaw may come at any moment, also while a freeze hangs in the kernel, on another thread.
//! It does not wait for it: it calls it off, thaws everything but the filesystem that the freeze is at, and
//! the freeze, when it comes back, undoes what is left.

mod transaction;

use crate::fault::Fault;
use qga_platform::helper::Helper;
use qga_platform::mounts::{self, Mount};
use qga_platform::{Os, Result};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use transaction::Transaction;

/// Whether filesystems are frozen, and what freezes and thaws them.
pub struct Freeze {
    hook: Option<PathBuf>,
    stillness: Box<dyn Stillness>,
    on: AtomicBool,
    progress: Mutex<Progress>,
}

/// What else is still while filesystems are frozen: the agent's own writing.
pub trait Stillness: Send + Sync {
    /// Before the first filesystem is frozen: holds back what the agent writes, and leaves a mark for the
    /// agent that is started if this one is killed.
    fn begin(&self);
    /// After the last is thawed: takes the mark away, and writes what was held back.
    fn end(&self);
}

/// Nothing to hold back.
impl Stillness for () {
    fn begin(&self) {}
    fn end(&self) {}
}

/// What threads that freeze and thaw must know of each other. The lock is held for a moment only, never
/// while the system is asked for something.
#[derive(Default)]
struct Progress {
    /// Raised by each thaw: a freeze that began in an earlier era is called off.
    era: u64,
    freezing: bool,
    thawing: usize,
    /// The filesystem that is being frozen just now. A thaw of it would wait in the kernel for the freeze.
    at: Option<PathBuf>,
}

/// When the hook is run, as it is told.
#[derive(Clone, Copy)]
enum Moment {
    Freeze,
    Thaw,
}

impl Freeze {
    /// Nothing is frozen. The hook is a program that is run before and after; `/dev/null` is none, as the
    /// configuration of some distributions has it.
    pub fn new(hook: Option<PathBuf>, stillness: Box<dyn Stillness>) -> Freeze {
        let hook = hook.filter(|path| path != Path::new("/dev/null"));
        Freeze { hook, stillness, on: AtomicBool::new(false), progress: Mutex::default() }
    }

    /// An agent before this one was killed while filesystems were frozen: the [`Stillness`] has begun.
    #[must_use]
    pub fn resumed(self) -> Freeze {
        self.on.store(true, Ordering::Release);
        self
    }

    /// Whether filesystems are frozen, or about to be.
    pub fn is_on(&self) -> bool {
        self.on.load(Ordering::Acquire)
    }

    /// Freezes all filesystems, or those at `chosen` mount points; the last mounted first, as one may lie in
    /// a file on an earlier one. Tells how many.
    pub fn freeze(&self, os: &Os, chosen: Option<&[String]>) -> std::result::Result<usize, Fault> {
        let transaction = Transaction::begin(self, os)?;
        self.run_hook(os, Moment::Freeze)?;
        transaction.carry_out(chosen)
    }

    /// Thaws all filesystems, whoever has frozen them. Tells how many were.
    pub fn thaw(&self, os: &Os) -> Result<usize> {
        let thaw = Thaw::begin(self);
        let mounts = mounts::list(&os.root)?;
        let count = thaw_all(os, &mounts, thaw.passed_over.as_deref());
        if !self.progress().freezing {
            self.end_stillness();
        }
        self.run_hook(os, Moment::Thaw)?;
        Ok(count)
    }

    fn begin_stillness(&self) {
        self.on.store(true, Ordering::Release);
        self.stillness.begin();
    }

    fn end_stillness(&self) {
        if self.on.swap(false, Ordering::AcqRel) {
            self.stillness.end();
        }
    }

    fn run_hook(&self, os: &Os, moment: Moment) -> Result<()> {
        let Some(hook) = &self.hook else { return Ok(()) };
        let argument = match moment {
            Moment::Freeze => "freeze",
            Moment::Thaw => "thaw",
        };
        Ok(os.programs.run(&Helper::new("execute fsfreeze hook", hook, &[argument]))?)
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A thaw that is under way: no freeze begins meanwhile, as it would be undone at once.
struct Thaw<'f> {
    freeze: &'f Freeze,
    /// The filesystem that a freeze is at: that freeze undoes it.
    passed_over: Option<PathBuf>,
}

impl Thaw<'_> {
    fn begin(freeze: &Freeze) -> Thaw<'_> {
        let mut progress = freeze.progress();
        progress.era += 1;
        progress.thawing += 1;
        Thaw { freeze, passed_over: progress.at.clone() }
    }
}

impl Drop for Thaw<'_> {
    fn drop(&mut self) {
        self.freeze.progress().thawing -= 1;
    }
}

/// Tries all, whatever happens to one of them; tells how many were frozen.
fn thaw_all(os: &Os, mounts: &[Mount], passed_over: Option<&Path>) -> usize {
    let theirs = mounts.iter().filter(|mount| Some(mount.mount_point.as_path()) != passed_over);
    theirs.filter(|mount| was_frozen(os, mount)).count()
}

fn was_frozen(os: &Os, mount: &Mount) -> bool {
    os.filesystems.thaw(&mount.mount_point).unwrap_or_else(|error| {
        log::warn!("{error}");
        false
    })
}

#[cfg(test)]
mod tests;
