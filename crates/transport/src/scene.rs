//! For tests: watching other threads through /proc.

use nix::unistd::{Pid, gettid};
use std::fs;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// A thread that can be watched while it blocks.
pub(crate) struct Watched<T> {
    id: Pid,
    thread: JoinHandle<T>,
}

impl<T: Send + 'static> Watched<T> {
    pub(crate) fn start(work: impl FnOnce() -> T + Send + 'static) -> Watched<T> {
        let (tell, told) = mpsc::channel();
        let thread = thread::spawn(move || {
            tell.send(gettid()).unwrap();
            work()
        });
        Watched { id: told.recv().unwrap(), thread }
    }

    pub(crate) fn wait_until_it_sleeps(&self) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while !self.status().contains("State:\tS") {
            assert!(Instant::now() < deadline, "it does not sleep:\n{}", self.status());
            thread::yield_now();
        }
    }

    /// How often it has gone to sleep; the same number later means that nothing has woken it.
    pub(crate) fn sleeps(&self) -> u64 {
        let status = self.status();
        let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        line.unwrap().trim().parse().unwrap()
    }

    pub(crate) fn join(self) -> T {
        self.thread.join().unwrap()
    }

    fn status(&self) -> String {
        fs::read_to_string(format!("/proc/self/task/{}/status", self.id)).unwrap()
    }
}
