//! Freezing and thawing filesystems (compat.md C.5; docs/freeze.md tells what becomes of a freeze when things
//! go wrong).
//!
//! A freeze goes from hook to hook as one [`Transaction`]: either all that was asked for is frozen in the end,
//! or nothing is. A thaw may come at any moment, also while a freeze hangs in the kernel, on another thread.
//! It does not wait for it: it calls it off, thaws everything but the filesystem that the freeze is at, and
//! the freeze, when it comes back, undoes what is left.
//!
//! From before the hook until after the last filesystem is thawed there is a [`watch`], which has a
//! [guardian](crate::guardian) and ends a freeze that has stood too long.

mod account;
mod hook;
mod transaction;
mod watch;

pub(crate) use hook::{Moment, hook};

use crate::fault::Fault;
use crate::guardian::Guardians;
use account::Account;
use glob::{MatchOptions, Pattern};
use qga_platform::mounts::{self, Mount};
use qga_platform::{Os, Result};
use qga_wire::family::freeze::{FreezeAccount, FreezeEnd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use transaction::Transaction;
use watch::Watched;

/// What the owner of the guest wants of a freeze.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// A program that is run before and after.
    pub hook: Option<PathBuf>,
    /// How long the hook may take; without end when absent.
    pub hook_limit: Option<Duration>,
    /// How long a freeze may stand; without end when absent.
    pub limit: Option<Duration>,
    /// Mount points that are never frozen.
    pub exclude: Vec<Pattern>,
}

impl Rules {
    /// The hook, if there is one: `/dev/null` is none, as the configuration of some distributions has it.
    pub fn hook(&self) -> Option<&Path> {
        self.hook.as_deref().filter(|path| *path != Path::new("/dev/null"))
    }

    /// Whether a mount point is excluded.
    pub(crate) fn excludes(&self, mount_point: &Path) -> bool {
        let options = MatchOptions { require_literal_separator: true, ..MatchOptions::new() };
        let path = mount_point.to_string_lossy();
        self.exclude.iter().any(|pattern| pattern.matches_with(&path, options))
    }
}

/// Whether filesystems are frozen, and what freezes and thaws them.
pub struct Freeze {
    stillness: Box<dyn Stillness>,
    guardians: Option<Box<dyn Guardians>>,
    on: AtomicBool,
    progress: Mutex<Progress>,
    /// Something has ended.
    changed: Condvar,
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
    /// By which the freeze that stands was begun; the last one's when there is none.
    rules: Arc<Rules>,
    /// By which the next one begins.
    next_rules: Arc<Rules>,
    /// Raised by each thaw: a freeze that began in an earlier era is called off.
    era: u64,
    freezing: bool,
    thawing: usize,
    /// The filesystem that is being frozen just now. A thaw of it would wait in the kernel for the freeze.
    at: Option<PathBuf>,
    hook: HookState,
    /// How many freezes were watched over.
    count: u64,
    watched: Option<Watched>,
    /// How many filesystems the guardian has thawed that was told to.
    thawed: Option<usize>,
    account: Account,
}

/// What the hook was told last. It is told of each freeze that it is over, once.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum HookState {
    /// Nothing, or that all is over.
    #[default]
    Over,
    /// It runs before a freeze.
    Preparing,
    /// The same, and a thaw came meanwhile, of which it is to be told when it has ended.
    Overtaken,
    /// That there is to be a freeze.
    Prepared,
}

impl HookState {
    /// Whether a thaw is to run the hook: it does even if there was no freeze.
    fn is_due_at_thaw(&mut self) -> bool {
        let is_busy = matches!(self, HookState::Preparing | HookState::Overtaken);
        *self = if is_busy { HookState::Overtaken } else { HookState::Over };
        !is_busy
    }

    /// Whether a freeze that ends by itself is to run the hook: if no thaw has.
    fn is_due_at_end(&mut self) -> bool {
        std::mem::take(self) != HookState::Over
    }
}

impl Freeze {
    /// Nothing is frozen. Without guardians what is frozen stays so when the agent is killed.
    pub fn new(rules: Rules, stillness: Box<dyn Stillness>, guardians: Option<Box<dyn Guardians>>) -> Freeze {
        let rules = Arc::new(rules);
        let progress = Progress { next_rules: Arc::clone(&rules), rules, ..Progress::default() };
        Freeze {
            stillness,
            guardians,
            on: AtomicBool::new(false),
            progress: Mutex::new(progress),
            changed: Condvar::new(),
        }
    }

    /// Goes by other rules from the next freeze on; one that stands is ended by those it was begun by.
    pub fn follow(&self, rules: Rules) {
        self.progress().next_rules = Arc::new(rules);
    }

    /// An agent before this one was killed while filesystems were frozen: the [`Stillness`] has begun.
    #[must_use]
    pub fn resumed(self) -> Freeze {
        self.on.store(true, Ordering::Release);
        self
    }

    /// Has a freeze that was [resumed](Freeze::resumed) watched like one of this agent's.
    pub fn watch_resumed(self: &Arc<Freeze>, os: &Arc<Os>) {
        let begun = mounts::list(&os.root)
            .map_err(Fault::from)
            .and_then(|mounts| watch::begin(self, os, watch::State::Stands)?.guard(&mounts));
        if let Err(fault) = begun {
            log::error!("the freeze that an agent before this one left is not watched over: {fault:?}");
        }
    }

    /// Whether filesystems are frozen, or about to be.
    pub fn is_on(&self) -> bool {
        self.on.load(Ordering::Acquire)
    }

    /// What became of the last freeze, or of the one that stands.
    pub fn account(&self) -> FreezeAccount {
        self.progress().account.told(self.is_on())
    }

    /// Whether there is a freeze, from hook to hook.
    pub fn is_under_way(&self) -> bool {
        self.is_on() || self.progress().freezing
    }

    /// Waits until there is no freeze; tells whether that was in time.
    pub fn wait_until_over(&self, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        let mut progress = self.progress();
        while self.is_on() || progress.freezing {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            (progress, _) = self.changed.wait_timeout(progress, left).unwrap_or_else(PoisonError::into_inner);
        }
        true
    }

    /// Freezes all filesystems, or those at `chosen` mount points; the last mounted first, as one may lie in
    /// a file on an earlier one. Tells how many.
    pub fn freeze(
        self: &Arc<Freeze>,
        os: &Arc<Os>,
        chosen: Option<&[String]>,
    ) -> std::result::Result<usize, Fault> {
        let transaction = Transaction::begin(self, os)?;
        let watching = watch::begin(self, os, watch::State::Begins)?;
        transaction.run_hook()?;
        transaction.carry_out(&watching, chosen)
    }

    /// Thaws all filesystems, whoever has frozen them. Tells how many were.
    pub fn thaw(&self, os: &Os) -> Result<usize> {
        let thaw = Thaw::begin(self);
        let mounts = mounts::list(&os.root)?;
        let by_guardian = if thaw.is_alone { watch::thaw(self) } else { 0 };
        let count = by_guardian + thaw_all(os, &mounts, thaw.passed_over.as_deref());
        if !self.progress().freezing {
            self.end(os, FreezeEnd::Thaw);
        }
        if self.progress().hook.is_due_at_thaw() {
            self.run_hook(os, Moment::Thaw)?;
        }
        Ok(count)
    }

    fn begin_stillness(&self) {
        self.on.store(true, Ordering::Release);
        self.stillness.begin();
    }

    /// Nothing is frozen any more, so nothing is to be held back nor watched over. Tells whether this is news.
    ///
    /// The watch ends last: an agent that is killed before has its guardian remove the mark.
    fn end(&self, os: &Os, end: FreezeEnd) -> bool {
        let was_on = self.on.swap(false, Ordering::AcqRel);
        if was_on {
            self.stillness.end();
        }
        let now = os.clock.now().ok();
        let watched = {
            let mut progress = self.progress();
            if was_on {
                progress.account.close(end, now);
            }
            progress.watched.take()
        };
        self.changed.notify_all();
        if let Some(watched) = watched {
            watched.dismiss();
        }
        was_on
    }

    fn run_hook(&self, os: &Os, moment: Moment) -> Result<()> {
        let rules = self.rules();
        let Some(path) = rules.hook() else { return Ok(()) };
        os.programs.run(&hook(path, moment, rules.hook_limit)).map_err(|failure| {
            let words = failure.last_line().map_or_else(|| failure.to_string(), str::to_owned);
            log::error!("the freeze hook failed with '{}': {words}", moment.argument());
            failure.into()
        })
    }

    fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.progress().rules)
    }

    fn next_number(&self) -> u64 {
        let mut progress = self.progress();
        progress.count += 1;
        progress.count
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
    /// There is neither a freeze nor another thaw.
    is_alone: bool,
}

impl Thaw<'_> {
    fn begin(freeze: &Freeze) -> Thaw<'_> {
        let mut progress = freeze.progress();
        if !progress.freezing && !freeze.is_on() {
            progress.rules = Arc::clone(&progress.next_rules);
        }
        progress.era += 1;
        progress.thawing += 1;
        let is_alone = progress.thawing == 1 && !progress.freezing;
        Thaw { freeze, passed_over: progress.at.clone(), is_alone }
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
