use nix::sys::statvfs::statvfs;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How long one filesystem may take to tell its size.
const PATIENCE: Duration = Duration::from_millis(500);
/// How many that do not answer are waited for; those that come after them are told without size.
const MOST_SILENT: u32 = 4;

/// Asks filesystems for their sizes and does not wait for those that hang.
///
/// statvfs(3) has no time limit: a mount point below a dead server, or a filesystem whose program is stuck,
/// holds the caller for ever. So a thread of its own asks. One that gets stuck is left behind, and as long as
/// it is, its filesystem is not asked again: there is at most one such thread for each.
pub struct Sizes {
    ask: fn(&Path) -> Option<Size>,
    patience: Duration,
    hanging: Arc<Mutex<HashSet<PathBuf>>>,
}

/// The size of a filesystem, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) used: u64,
    /// What users without privileges can still have.
    pub(super) available: u64,
    pub(super) all: u64,
}

impl Default for Sizes {
    fn default() -> Sizes {
        Sizes { ask: measure, patience: PATIENCE, hanging: Arc::default() }
    }
}

/// Sizes that are being asked for.
pub(super) struct Asked<'a> {
    sizes: &'a Sizes,
    paths: &'a [PathBuf],
    answers: Option<Receiver<Option<Size>>>,
}

impl Asked<'_> {
    /// The size of each filesystem; `None` for one that does not tell it in time.
    pub(super) fn answers(mut self) -> Vec<Option<Size>> {
        let mut sizes = Vec::with_capacity(self.paths.len());
        for _ in 0..MOST_SILENT {
            let rest = self.paths.get(sizes.len()..).unwrap_or_default();
            if rest.is_empty() {
                break;
            }
            let Some(answers) = self.answers.take().or_else(|| self.sizes.start(rest.to_vec())) else {
                break;
            };
            self.sizes.collect(&answers, rest, &mut sizes);
        }
        sizes.resize(self.paths.len(), None);
        sizes
    }
}

impl Sizes {
    /// Begins to ask for the size of the filesystem at each of `paths`. Whoever has other things to do meanwhile
    /// is not woken for each answer.
    pub(super) fn ask<'a>(&'a self, paths: &'a [PathBuf]) -> Asked<'a> {
        Asked { sizes: self, paths, answers: self.start(paths.to_vec()) }
    }

    /// Has a new thread ask for the size at each path, in order; `None` if there is no thread to be had.
    fn start(&self, paths: Vec<PathBuf>) -> Option<Receiver<Option<Size>>> {
        let (answer, answers) = channel();
        let (ask, hanging) = (self.ask, Arc::clone(&self.hanging));
        let asking = move || ask_each(&paths, ask, &hanging, &answer);
        thread::Builder::new().name("sizes".to_owned()).spawn(asking).ok()?;
        Some(answers)
    }

    /// Takes answers until there are no more, or one does not come in time.
    fn collect(&self, answers: &Receiver<Option<Size>>, paths: &[PathBuf], sizes: &mut Vec<Option<Size>>) {
        for path in paths {
            match answers.recv_timeout(self.patience) {
                Ok(size) => sizes.push(size),
                Err(RecvTimeoutError::Disconnected) => sizes.push(None),
                Err(RecvTimeoutError::Timeout) => return sizes.push(self.leave_behind(path, answers)),
            }
        }
    }

    /// Notes that the question for `path` hangs, unless it is answered just now.
    ///
    /// The thread answers first and removes the note then: either the answer is seen here, or the note is
    /// there before the thread looks for it.
    fn leave_behind(&self, path: &Path, answers: &Receiver<Option<Size>>) -> Option<Size> {
        locked(&self.hanging).insert(path.to_owned());
        let size = answers.try_recv().ok()?;
        locked(&self.hanging).remove(path);
        size
    }
}

fn ask_each(
    paths: &[PathBuf],
    ask: fn(&Path) -> Option<Size>,
    hanging: &Mutex<HashSet<PathBuf>>,
    answer: &Sender<Option<Size>>,
) {
    for path in paths {
        let hangs = locked(hanging).contains(path);
        let is_wanted = answer.send(if hangs { None } else { ask(path) }).is_ok();
        if !hangs {
            locked(hanging).remove(path);
        }
        if !is_wanted {
            return;
        }
    }
}

fn locked(hanging: &Mutex<HashSet<PathBuf>>) -> MutexGuard<'_, HashSet<PathBuf>> {
    hanging.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The size of the filesystem at `path`; waits as long as that takes to tell it.
pub(super) fn measure(path: &Path) -> Option<Size> {
    let told = statvfs(path).ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(told.fragment_size());
    Some(Size {
        used: bytes(told.blocks().saturating_sub(told.blocks_free())),
        available: bytes(told.blocks_available()),
        all: bytes(told.blocks()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    static RELEASED: Mutex<()> = Mutex::new(());
    static ASKED_OF_DEAD: AtomicUsize = AtomicUsize::new(0);

    /// A system on which `/dead` does not answer until it is released.
    fn ask(path: &Path) -> Option<Size> {
        match path.to_str() {
            Some("/dead") => {
                ASKED_OF_DEAD.fetch_add(1, Ordering::Relaxed);
                drop(RELEASED.lock().unwrap());
                None
            }
            Some("/odd") => None,
            _ => Some(SIZE),
        }
    }

    const SIZE: Size = Size { used: 1, available: 2, all: 4 };

    #[test]
    fn a_filesystem_that_hangs_is_told_without_size_and_not_asked_again() {
        let sizes = Sizes { ask, ..Sizes::default() };
        let paths = ["/a", "/dead", "/b", "/odd"].map(PathBuf::from);
        let expected = [Some(SIZE), None, Some(SIZE), None];
        let hold = RELEASED.lock().unwrap();
        assert_eq!(sizes.ask(&paths).answers(), expected);
        assert_eq!(sizes.ask(&paths).answers(), expected);
        assert_eq!(ASKED_OF_DEAD.load(Ordering::Relaxed), 1);
        drop(hold);
        qga_testkit::wait_until("the thread that hung is done", || {
            Ok(locked(&sizes.hanging).is_empty().then_some(()))
        })
        .unwrap();
        assert_eq!(sizes.ask(&paths).answers(), expected);
        assert_eq!(ASKED_OF_DEAD.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn only_a_few_that_hang_are_waited_for() {
        static NEVER: Mutex<()> = Mutex::new(());
        let hold = NEVER.lock().unwrap();
        let hang = |_: &Path| {
            drop(NEVER.lock());
            None
        };
        let sizes = Sizes { ask: hang, patience: Duration::from_millis(1), ..Sizes::default() };
        let paths: Vec<_> = (0..100).map(|number| PathBuf::from(format!("/{number}"))).collect();
        assert_eq!(sizes.ask(&paths).answers(), [None; 100]);
        assert_eq!(locked(&sizes.hanging).len(), 4);
        drop(hold);
    }

    #[test]
    fn this_machine_tells_the_size_of_its_root() {
        let paths = ["/", "/no/such/place"].map(PathBuf::from);
        let sizes = Sizes::default().ask(&paths).answers();
        assert!(sizes[0].is_some_and(|size| size.used + size.available <= size.all));
        assert_eq!(sizes[1], None);
    }
}
