//! The pid file of an agent in the background.

use qga_platform::process::{PidFile, PidFileError};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Has the pid file made when that is allowed, and removed at the end.
#[derive(Debug, Default)]
pub(crate) struct Pid(Mutex<State>);

#[derive(Debug, Default)]
enum State {
    #[default]
    None,
    Wanted(PathBuf),
    Made(#[expect(dead_code, reason = "it is dropped in time")] PidFile),
}

impl Pid {
    /// The file is to be made by the next [`Pid::make`].
    pub(crate) fn want(&self, path: PathBuf) {
        *self.state() = State::Wanted(path);
    }

    /// Makes the file if it is wanted; after an error it is not wanted any more.
    pub(crate) fn make(&self) -> Result<(), PidFileError> {
        let state = std::mem::take(&mut *self.state());
        *self.state() = match state {
            State::Wanted(path) => State::Made(PidFile::create(&path)?),
            other => other,
        };
        Ok(())
    }

    /// Removes the file if it was made.
    pub(crate) fn remove(&self) {
        let state = std::mem::take(&mut *self.state());
        drop(state);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_made_once_it_is_allowed_and_removed_at_the_end() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pid");
        let pid = Pid::default();
        pid.make().unwrap();
        pid.want(path.clone());
        assert!(!path.exists());
        pid.make().unwrap();
        pid.make().unwrap();
        assert!(path.exists());
        pid.remove();
        assert!(!path.exists());
    }
}
