//! Notices commands that run too long.
//!
//! It sleeps without a time-out until a command starts that may hang, then looks when the first of them will
//! have run too long. As waking it takes longer than many a command, it lies down again only when a while has
//! passed: what comes meanwhile costs nothing.

use crate::session::{PATIENCE, Session};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// Watches over all sessions.
#[derive(Default)]
pub struct Supervisor {
    sessions: Mutex<Vec<Weak<Session>>>,
    awake: AtomicBool,
    thread: OnceLock<Thread>,
    /// Somebody waits for it to come round.
    called: Mutex<bool>,
    answered: Condvar,
}

impl Supervisor {
    /// A supervisor with a thread of its own.
    pub fn start() -> io::Result<Arc<Supervisor>> {
        let supervisor = Arc::new(Supervisor::default());
        let watching = Arc::clone(&supervisor);
        let thread = thread::Builder::new().name("supervisor".to_owned()).spawn(move || watching.run())?;
        supervisor.thread.get_or_init(|| thread.thread().clone());
        Ok(supervisor)
    }

    /// Takes a session into its care.
    pub fn register(&self, session: &Arc<Session>) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|session| session.strong_count() > 0);
        sessions.push(Arc::downgrade(session));
    }

    /// A command that may hang has started. Costs nothing while the supervisor is awake.
    pub fn watch(&self) {
        if !self.awake.swap(true, Ordering::AcqRel) {
            self.wake();
        }
    }

    /// Has it look at once, as something may be due earlier than it knew.
    pub fn wake(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }

    /// Whether it looks at all sessions within that time.
    pub(crate) fn answers_within(&self, patience: Duration) -> bool {
        *self.called() = true;
        self.wake();
        let waited = self.answered.wait_timeout_while(self.called(), patience, |called| *called);
        !*waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn answer(&self) {
        if std::mem::take(&mut *self.called()) {
            self.answered.notify_all();
        }
    }

    fn called(&self) -> MutexGuard<'_, bool> {
        self.called.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        loop {
            match self.inspect() {
                Some(due) => thread::park_timeout(due.saturating_duration_since(Instant::now())),
                None => self.rest(),
            }
        }
    }

    /// Sleeps until woken, unless a command has started since the last look and found it awake. That one cannot
    /// have run too long yet.
    fn rest(&self) {
        thread::park_timeout(PATIENCE);
        self.awake.store(false, Ordering::Release);
        if self.inspect().is_none() {
            thread::park();
        }
    }

    /// Looks at all sessions; tells when the next command will have run too long.
    fn inspect(&self) -> Option<Instant> {
        let now = Instant::now();
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let due = sessions.iter().filter_map(|session| session.upgrade()?.inspect(now)).min();
        self.answer();
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_supervisor_answers_whenever_it_is_called_and_one_that_is_not_there_does_not() {
        let supervisor = Supervisor::start().unwrap();
        assert!((0..3).all(|_| supervisor.answers_within(Duration::from_secs(60))));
        assert!(!Supervisor::default().answers_within(Duration::ZERO));
    }
}
