//! How many guests run at a time: each keeps a core of this machine busy while it works.

use std::{
    sync::{Condvar, Mutex, PoisonError},
    thread,
};

static RUNNING: Mutex<usize> = Mutex::new(0);
static ENDED: Condvar = Condvar::new();

/// The right to run one guest, given back when dropped.
#[derive(Debug)]
pub(crate) struct Slot(());

impl Slot {
    /// Waits until fewer guests run than this machine has cores.
    pub(crate) fn wait() -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        while *running >= cores {
            running = ENDED.wait(running).unwrap_or_else(PoisonError::into_inner);
        }
        *running += 1;
        Self(())
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        ENDED.notify_one();
    }
}
