//! What outlives the agent, in its state directory: the number of the next file handle, and a mark while
//! filesystems are frozen (compat.md C.4, C.5).

use crate::fault::Fault;
use crate::keyfile::{KeyFile, Problem};
use qga_platform::{store, strerror};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

const STATE_FILE: &str = "qga.state";
const FROZEN_MARK: &str = "qga.state.isfrozen";
/// How soon it is noticed that a guardian has removed the mark.
const PAUSE: Duration = Duration::from_millis(50);
const GROUP: &str = "global";
const KEY: &str = "fd_counter";
/// The first number of all.
const FIRST: i64 = 1000;
/// The most numbers that are taken from the state file at once, and lost if the agent is killed.
const MOST_RESERVED: i64 = 256;

/// Gives numbers to file handles, none of them twice, however often the agent ends and starts again.
///
/// What is on disk says where the next agent begins. To wait for the disk at each number would take longer than
/// all else that opening a file does, so as many numbers are reserved at a time as were given before.
#[derive(Debug)]
pub(crate) struct HandleNumbers {
    path: PathBuf,
    counter: Mutex<Counter>,
}

#[derive(Debug)]
struct Counter {
    next: i64,
    /// The number at which the next agent begins; those from `next` to it are reserved.
    kept: i64,
    /// How many this agent has given.
    given: i64,
}

/// Whether the state file may be made now if there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    Create,
    /// Nothing may be written yet: the first number given makes it.
    Leave,
}

/// The state cannot be kept; worded as by the reference agent, from the sources up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StateError {
    #[error("failed to write persistent state to {}: {}", path.display(), strerror(error))]
    Write { path: PathBuf, error: io::Error },
    #[error("unable to create state file at path {}", path.display())]
    Create { path: PathBuf, source: Box<StateError> },
    #[error("unable to access state file at path {}: {}", path.display(), strerror(error))]
    Access { path: PathBuf, error: io::Error },
    #[error("error loading persistent state from path: {}, {reason}", path.display())]
    Load { path: PathBuf, reason: String },
}

impl HandleNumbers {
    /// Goes on where the agent that kept its state in `directory` left off.
    pub(crate) fn load(directory: &Path, missing: Missing) -> Result<HandleNumbers, StateError> {
        let path = directory.join(STATE_FILE);
        let exists =
            store::exists(&path).map_err(|error| StateError::Access { path: path.clone(), error })?;
        let next = if exists { read(&path)? } else { FIRST };
        let counter = Mutex::new(Counter { next, kept: next, given: 0 });
        let numbers = HandleNumbers { path: path.clone(), counter };
        if !exists && missing == Missing::Create {
            // Should the machine crash before this is on disk, nothing is lost: no number was given yet.
            numbers
                .keep(next, store::replace_soon)
                .map_err(|source| StateError::Create { path, source: Box::new(source) })?;
        }
        Ok(numbers)
    }

    /// A number for a new handle. That it is taken is on disk before this returns.
    ///
    /// The lock is held while the file is written: in another order a smaller number could be left in it.
    /// Only those that open a file wait for it.
    pub(crate) fn next(&self) -> Result<i64, Fault> {
        let mut counter = self.counter();
        if counter.next == counter.kept {
            let kept = after(counter.kept, counter.given.clamp(1, MOST_RESERVED));
            self.keep(kept, store::replace).map_err(|error| {
                log::error!("{error}");
                Fault::new("failed to commit persistent state to disk")
            })?;
            counter.kept = kept;
        }
        let number = counter.next;
        counter.next = after(number, 1);
        counter.given = counter.given.saturating_add(1);
        Ok(number)
    }

    /// Puts back what was reserved and not given, as the agent ends.
    pub(crate) fn give_back(&self) {
        let mut counter = self.counter();
        if counter.next == counter.kept {
            return;
        }
        match self.keep(counter.next, store::replace) {
            Ok(()) => counter.kept = counter.next,
            Err(error) => log::warn!("some numbers of handles are lost: {error}"),
        }
    }

    fn counter(&self) -> MutexGuard<'_, Counter> {
        self.counter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, next: i64, put: fn(&Path, &[u8]) -> io::Result<()>) -> Result<(), StateError> {
        let content = format!("[{GROUP}]\n{KEY}={next}\n");
        put(&self.path, content.as_bytes())
            .map_err(|error| StateError::Write { path: self.path.clone(), error })
    }
}

/// Numbers begin anew when there are no more.
fn after(number: i64, count: i64) -> i64 {
    number.checked_add(count).unwrap_or(FIRST)
}

fn read(path: &Path) -> Result<i64, StateError> {
    let load_error = |reason| StateError::Load { path: path.to_owned(), reason };
    let content = store::read(path).map_err(|error| load_error(strerror(&error)))?;
    let file = KeyFile::parse(&content).map_err(|problem: Problem| load_error(problem.to_string()))?;
    if !file.contains(GROUP, KEY) {
        return Ok(FIRST);
    }
    Ok(file.number(GROUP, KEY).filter(|number| *number >= 0).unwrap_or_else(|| {
        log::warn!("{} has no number of the next handle: counting from {FIRST}", path.display());
        FIRST
    }))
}

/// The mark by which an agent that is started finds out that the one before was killed while filesystems
/// were frozen.
#[derive(Debug, Clone)]
pub(crate) struct FrozenMark {
    path: PathBuf,
}

impl FrozenMark {
    /// The mark in a state directory.
    pub(crate) fn new(directory: &Path) -> FrozenMark {
        FrozenMark::at(directory.join(FROZEN_MARK))
    }

    /// The mark with this path.
    pub(crate) fn at(path: PathBuf) -> FrozenMark {
        FrozenMark { path }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether filesystems were left frozen.
    pub(crate) fn is_set(&self) -> bool {
        matches!(store::exists(&self.path), Ok(true))
    }

    /// Whether filesystems were left frozen and stay so: a guardian that is about to thaw them and to remove
    /// the mark is waited for.
    pub(crate) fn stays(&self, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        while self.is_set() && self.is_cared_for() && Instant::now() < until {
            thread::sleep(PAUSE);
        }
        self.is_set()
    }

    /// Whether a guardian will remove it.
    pub(crate) fn is_cared_for(&self) -> bool {
        matches!(store::is_cared_for(&self.path), Ok(true))
    }

    /// Has [`FrozenMark::stays`] wait elsewhere; `None` if there is no mark, or somebody else has it do so.
    pub(crate) fn care(&self) -> Option<store::Care> {
        store::take_care_of(&self.path).ok()
    }

    /// Leaves the mark: before the first filesystem is frozen, as it may be the one that holds it.
    pub(crate) fn set(&self) -> io::Result<()> {
        store::mark(&self.path)
    }

    /// Removes the mark, after the last filesystem was thawed.
    pub(crate) fn clear(&self) -> io::Result<()> {
        store::remove(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error;
    use std::fs;

    fn directory_with(state: Option<&str>) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        if let Some(state) = state {
            fs::write(directory.path().join(STATE_FILE), state).unwrap();
        }
        directory
    }

    #[test]
    fn counting_starts_at_1000_and_goes_on_after_a_restart() {
        let directory = directory_with(None);
        let state = || fs::read_to_string(directory.path().join(STATE_FILE)).unwrap();
        let numbers = HandleNumbers::load(directory.path(), Missing::Create).unwrap();
        assert_eq!(state(), "[global]\nfd_counter=1000\n");
        assert_eq!((numbers.next().unwrap(), numbers.next().unwrap()), (1000, 1001));
        assert_eq!(state(), "[global]\nfd_counter=1002\n");
        let numbers = HandleNumbers::load(directory.path(), Missing::Create).unwrap();
        assert_eq!(numbers.next().unwrap(), 1002);
    }

    #[test]
    fn a_busy_agent_reserves_numbers_and_none_is_given_twice() {
        let directory = directory_with(None);
        let mut last = FIRST - 1;
        let mut take = |numbers: &HandleNumbers, count| {
            for _ in 0..count {
                let number = numbers.next().unwrap();
                assert!(number > last, "{number} after {last}");
                last = number;
            }
            last
        };
        let load = || HandleNumbers::load(directory.path(), Missing::Create).unwrap();
        assert_eq!(take(&load(), 5), 1004);
        let killed = load();
        assert_eq!(take(&killed, 1), 1008, "three were reserved, and are lost");
        let ended = load();
        assert_eq!(take(&ended, 1000), 2008);
        ended.give_back();
        assert_eq!(take(&load(), 1), 2009);
    }

    #[test]
    fn numbers_begin_anew_when_there_are_no_more() {
        let directory = directory_with(Some(&format!("[global]\nfd_counter={}\n", i64::MAX - 2)));
        let numbers = HandleNumbers::load(directory.path(), Missing::Create).unwrap();
        let given: Vec<i64> = (0..5).map(|_| numbers.next().unwrap()).collect();
        assert_eq!(given, [i64::MAX - 2, i64::MAX - 1, i64::MAX, FIRST, FIRST + 1]);
    }

    #[test]
    fn a_number_that_cannot_be_one_counts_as_none() {
        for (state, expected) in [
            ("", 1000),
            ("[global]\n", 1000),
            ("[other]\nfd_counter=7\n", 1000),
            ("[global]\nfd_counter=abc\n", 1000),
            ("[global]\nfd_counter=-5\n", 1000),
            ("[global]\nfd_counter=9223372036854775808\n", 1000),
            ("[global]\nfd_counter=99999999999 \n", 99_999_999_999),
            ("#c\n[other]\nx=1\n[global]\nfd_counter=7\ny=3\n", 7),
        ] {
            let directory = directory_with(Some(state));
            let numbers = HandleNumbers::load(directory.path(), Missing::Create).unwrap();
            assert_eq!(numbers.next().unwrap(), expected, "{state:?}");
        }
    }

    #[test]
    fn what_may_not_be_written_yet_is_written_with_the_first_number() {
        let directory = directory_with(None);
        let numbers = HandleNumbers::load(directory.path(), Missing::Leave).unwrap();
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
        assert_eq!(numbers.next().unwrap(), 1000);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_state_that_cannot_be_read_or_written_is_an_error() {
        let directory = directory_with(Some("[global\n"));
        let error = HandleNumbers::load(directory.path(), Missing::Create).unwrap_err();
        let place = directory.path().join(STATE_FILE);
        let expected = format!(
            "error loading persistent state from path: {}, line 1: '[global' is neither key=value nor \
             [group] nor # comment",
            place.display()
        );
        assert_eq!(error.to_string(), expected);

        let error = HandleNumbers::load(Path::new("/absent"), Missing::Create).unwrap_err();
        assert_eq!(error.to_string(), "unable to create state file at path /absent/qga.state");
        assert_eq!(
            error.source().unwrap().to_string(),
            "failed to write persistent state to /absent/qga.state: No such file or directory"
        );

        let error = HandleNumbers::load(Path::new("/dev/null"), Missing::Create).unwrap_err();
        assert_eq!(
            error.to_string(),
            "unable to access state file at path /dev/null/qga.state: Not a directory"
        );
    }

    #[test]
    fn a_number_that_cannot_be_kept_is_not_given() {
        let directory = directory_with(None);
        let numbers = HandleNumbers::load(directory.path(), Missing::Create).unwrap();
        let path = directory.path().to_owned();
        drop(directory);
        assert!(matches!(numbers.next(), Err(Fault::Other(text)) if text.contains("persistent state")));
        fs::create_dir(&path).unwrap();
        assert_eq!(numbers.next().unwrap(), 1000);
        fs::remove_dir_all(&path).unwrap();
    }

    #[test]
    fn the_frozen_mark_is_found_by_the_next_agent() {
        let directory = directory_with(None);
        let mark = FrozenMark::new(directory.path());
        assert!(!mark.is_set());
        mark.set().unwrap();
        assert!(FrozenMark::new(directory.path()).is_set());
        mark.clear().unwrap();
        assert!(!mark.is_set());
    }

    #[test]
    fn a_mark_that_is_about_to_go_is_waited_for() {
        let directory = directory_with(None);
        let mark = FrozenMark::new(directory.path());
        assert!(!mark.stays(Duration::from_secs(60)));
        mark.set().unwrap();
        assert!(mark.stays(Duration::from_secs(60)), "nobody takes care of it");
        let care = mark.care();
        assert!(mark.stays(Duration::ZERO), "whoever takes care of it takes too long");
        let guardian = mark.clone();
        let thawing = thread::spawn(move || {
            guardian.clear().unwrap();
            drop(care);
        });
        assert!(!mark.stays(Duration::from_secs(60)));
        thawing.join().unwrap();
    }
}
