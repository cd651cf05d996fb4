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

    /// Whether it comes to rest: for half a second nothing wakes it.
    pub(crate) fn sleeps_on(&self) -> bool {
        let rests = || {
            let before = self.running();
            thread::sleep(Duration::from_millis(500));
            self.running() == before
        };
        (0..10).any(|_| rests())
    }

    pub(crate) fn join(self) -> T {
        self.thread.join().unwrap()
    }

    /// How long it has been on a processor and how often.
    fn running(&self) -> String {
        fs::read_to_string(format!("/proc/self/task/{}/schedstat", self.id)).unwrap()
    }

    fn status(&self) -> String {
        fs::read_to_string(format!("/proc/self/task/{}/status", self.id)).unwrap()
    }
}
