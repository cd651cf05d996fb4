//! What the host has done: a record of each request that changes something, and of each that is refused, in
//! the system's journal and, if the owner of the guest wants it, in a file (docs/audit.md).
//!
//! A session hands its [`Record`] over and goes on; a thread of its own writes it (`writer`). A journal or a
//! disk that hangs holds up no client, and while filesystems are frozen records are [held](Audit::hold) like
//! the log. What waits is bounded, and how much is lost is told.

mod chain;
mod file;
mod record;
pub(crate) mod tool;
mod verify;
mod writer;

pub(crate) use record::{Number, Outcome, Record};

use crate::held::Held;
use qga_platform::strerror;
use qga_wire::Declaration;
use std::io;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;
use writer::Writer;

/// Which requests there are records of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// None.
    None,
    /// Those that change something, and those that are refused.
    #[default]
    Changes,
    /// All.
    All,
}

/// The levels, in their order, as the configuration names them.
const LEVELS: [(&str, Level); 3] = [("none", Level::None), ("changes", Level::Changes), ("all", Level::All)];

/// What the owner of the guest wants recorded, and where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rules {
    pub(crate) level: Level,
    /// A file for the records, besides the journal.
    pub(crate) file: Option<PathBuf>,
    /// Whether its lines are a chain.
    pub(crate) chain: bool,
}

/// Takes records of requests.
#[derive(Debug, Default)]
pub(crate) struct Audit {
    level: AtomicU8,
    queue: Mutex<Queue>,
    /// There is something to do, or something has been done.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    records: Held<Record>,
    /// What the writer has yet to take over.
    rules: Option<Rules>,
    /// Nothing may be written.
    held: bool,
    /// Whether the writer has something to write.
    writing: bool,
}

/// What a writer finds to do.
struct Work {
    records: Held<Record>,
    rules: Option<Rules>,
}

impl Audit {
    /// Begins to write by these rules; if `held`, after the next [`Audit::release`].
    pub(crate) fn start(rules: Rules, held: bool) -> io::Result<Arc<Audit>> {
        let audit = Arc::new(Audit::default());
        audit.queue().held = held;
        audit.follow(rules);
        let writing = Arc::clone(&audit);
        thread::Builder::new().name("audit".to_owned()).spawn(move || writing.write())?;
        Ok(audit)
    }

    /// Goes by other rules from now on, and opens the file anew.
    pub(crate) fn follow(&self, rules: Rules) {
        self.level.store(rules.level as u8, Ordering::Relaxed);
        self.queue().rules = Some(rules);
        self.changed.notify_all();
    }

    /// Whether there is to be a record of each request for this command.
    pub(crate) fn covers(&self, command: &Declaration) -> bool {
        let level = self.level.load(Ordering::Relaxed);
        level >= Level::All as u8 || (level >= Level::Changes as u8 && command.changes())
    }

    /// Whether there is to be a record of each request that is refused.
    pub(crate) fn covers_refusals(&self) -> bool {
        self.level.load(Ordering::Relaxed) >= Level::Changes as u8
    }

    /// Takes a record. It is written when that is possible.
    pub(crate) fn add(&self, record: Record) {
        let bytes = record.bytes();
        self.queue().records.push(record, bytes);
        self.changed.notify_all();
    }

    /// Writes nothing more until [`Audit::release`].
    pub(crate) fn hold(&self) {
        self.queue().held = true;
    }

    /// Writes what was held, and goes on writing.
    pub(crate) fn release(&self) {
        self.queue().held = false;
        self.changed.notify_all();
    }

    /// Waits, but not for long, until all is written that may be.
    pub(crate) fn finish(&self, patience: Duration) {
        let busy = |queue: &mut Queue| queue.writing || queue.has_work();
        let queue = self.queue();
        let waited = self.changed.wait_timeout_while(queue, patience, busy);
        let (queue, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        drop(queue);
        if timeout.timed_out() {
            log::error!("the agent ends before its audit is written");
        }
    }

    fn write(&self) {
        let mut writer = Writer::new();
        loop {
            let work = self.wait_for_work();
            writer.write(work);
            self.queue().writing = false;
            self.changed.notify_all();
        }
    }

    fn wait_for_work(&self) -> Work {
        let idle = |queue: &mut Queue| !queue.has_work();
        let queue = self.changed.wait_while(self.queue(), idle);
        let mut queue = queue.unwrap_or_else(PoisonError::into_inner);
        queue.writing = true;
        Work { records: std::mem::take(&mut queue.records), rules: queue.rules.take() }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn has_work(&self) -> bool {
        !self.held && (self.rules.is_some() || !self.records.is_empty())
    }
}

/// An audit that cannot be begun is no reason not to serve, but is said.
pub(crate) fn start(rules: Rules, held: bool) -> Arc<Audit> {
    Audit::start(rules, held).unwrap_or_else(|error| {
        log::error!("there is no audit: {}", strerror(&error));
        Arc::default()
    })
}

impl Level {
    /// The word for it.
    pub(crate) fn as_str(self) -> &'static str {
        LEVELS.iter().find(|(_, level)| *level == self).map_or("", |(word, _)| word)
    }
}

impl FromStr for Level {
    type Err = String;

    fn from_str(word: &str) -> Result<Level, String> {
        let words = LEVELS.map(|(word, _)| word).join(", ");
        let found = LEVELS.into_iter().find(|(name, _)| *name == word.trim());
        found.map(|(_, level)| level).ok_or_else(|| format!("must be one of {words}, not '{word}'"))
    }
}

#[cfg(test)]
impl Audit {
    /// One that writes nothing.
    pub(crate) fn silent(level: Level) -> Arc<Audit> {
        let audit = Audit::default();
        audit.level.store(level as u8, Ordering::Relaxed);
        Arc::new(audit)
    }

    /// What it was given.
    pub(crate) fn taken(&self) -> Vec<Record> {
        std::mem::take(&mut self.queue().records).into_items().collect()
    }
}
