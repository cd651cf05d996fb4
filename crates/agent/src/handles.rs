//! The files that the host has open.

use crate::fault::Fault;
use qga_platform::file;
use std::collections::BTreeMap;
use std::fs::File;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a request waits for a handle that another one uses, before it is told that the handle is busy.
const PATIENCE: Duration = Duration::from_secs(1);

/// Open files by number, shared by all connections. A file in use by one request is out of reach for
/// others: who hangs in a system call holds that file and nothing else.
pub struct Handles {
    number: Numbers,
    slots: Mutex<Slots>,
    returned: Condvar,
}

/// Where the numbers of new handles come from: none comes twice, whatever happens to the agent.
pub type Numbers = Box<dyn Fn() -> Result<i64, Fault> + Send + Sync>;

#[derive(Default)]
struct Slots {
    by_number: BTreeMap<i64, Slot>,
    /// How many requests wait for a file. Waking them takes a system call, also when there are none.
    waiting: usize,
}

/// A file, or the place of one that a request uses.
type Slot = Option<File>;

impl Handles {
    /// No open files yet.
    pub fn new(number: Numbers) -> Handles {
        Handles { number, slots: Mutex::default(), returned: Condvar::new() }
    }

    /// Keeps an open file and tells the number of its handle.
    pub fn insert(&self, file: File) -> Result<i64, Fault> {
        let number = (self.number)()?;
        self.slots().by_number.insert(number, Some(file));
        Ok(number)
    }

    /// Lets `act` use the file.
    pub fn with<T>(&self, number: i64, act: impl FnOnce(&mut File) -> Result<T, Fault>) -> Result<T, Fault> {
        let mut lent = Lent { file: Some(self.take(number)?), number, handles: self };
        let file = lent.file.as_mut().ok_or_else(|| not_found(number))?;
        act(file)
    }

    /// Closes the file and forgets the handle, whatever closing says.
    pub fn close(&self, number: i64) -> Result<(), Fault> {
        let file = self.take(number)?;
        self.slots().by_number.remove(&number);
        Ok(file::close(file)?)
    }

    fn take(&self, number: i64) -> Result<File, Fault> {
        let mut slots = self.slots();
        if slots.is_busy(number) {
            slots.waiting += 1;
            let busy = |slots: &mut Slots| slots.is_busy(number);
            let waited = self.returned.wait_timeout_while(slots, PATIENCE, busy);
            slots = waited.unwrap_or_else(PoisonError::into_inner).0;
            slots.waiting -= 1;
        }
        match slots.by_number.get_mut(&number) {
            None => Err(not_found(number)),
            Some(slot) => slot.take().ok_or_else(|| {
                Fault::new(format!("handle '{number}' is busy: an earlier request still uses it"))
            }),
        }
    }

    fn slots(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slots {
    fn is_busy(&self, number: i64) -> bool {
        self.by_number.get(&number).is_some_and(Option::is_none)
    }
}

fn not_found(number: i64) -> Fault {
    Fault::new(format!("handle '{number}' has not been found"))
}

/// A file in use: comes back when the request is done, also by a panic.
struct Lent<'a> {
    file: Option<File>,
    number: i64,
    handles: &'a Handles,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut slots = self.handles.slots();
        if let Some(slot) = slots.by_number.get_mut(&self.number) {
            *slot = self.file.take();
        }
        if slots.waiting > 0 {
            self.handles.returned.notify_all();
        }
    }
}
