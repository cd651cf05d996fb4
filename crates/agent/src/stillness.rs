//! How the agent keeps still while filesystems are frozen, so as not to hang on what it has frozen itself
//! (compat.md C.5).

use crate::audit::Audit;
use crate::freeze::Stillness;
use crate::logging;
use crate::pid::Pid;
use crate::state::FrozenMark;
use qga_platform::strerror;
use std::sync::Arc;

/// While filesystems are frozen its log and its audit are held and its pid file waits.
pub(crate) struct OwnWriting {
    pub(crate) mark: FrozenMark,
    pub(crate) pid: Arc<Pid>,
    pub(crate) audit: Arc<Audit>,
}

impl Stillness for OwnWriting {
    fn begin(&self) {
        if let Err(error) = self.mark.set() {
            let path = self.mark.path().display();
            log::warn!(
                "if the agent is killed now, none will know of the freeze: {path}: {}",
                strerror(&error)
            );
        }
        logging::hold();
        self.audit.hold();
    }

    fn end(&self) {
        logging::release();
        self.audit.release();
        if let Err(error) = self.pid.make() {
            log::error!("{error}");
        }
        if let Err(error) = self.mark.clear() {
            let path = self.mark.path().display();
            log::warn!("the next agent will start as if frozen: cannot remove {path}: {}", strerror(&error));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_killed_while_frozen_leaves_a_mark_and_no_pid_file_is_made() {
        let directory = tempfile::tempdir().unwrap();
        let pid = Arc::new(Pid::default());
        pid.want(directory.path().join("pid"));
        let files = || std::fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let (mark, pid_file, audit) = (FrozenMark::new(directory.path()), Arc::clone(&pid), Arc::default());
        let writing = OwnWriting { mark, pid: pid_file, audit };
        writing.begin();
        assert_eq!(files().collect::<Vec<_>>(), ["qga.state.isfrozen"]);
        writing.end();
        assert_eq!(files().collect::<Vec<_>>(), ["pid"]);
        pid.remove();
    }
}
