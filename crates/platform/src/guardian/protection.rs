use crate::strerror;
use nix::sys::mman::{MlockAllFlags, mlockall};
use nix::sys::prctl::set_name;
use nix::unistd::setsid;
use std::ffi::CStr;
use std::fs;
use std::io;

/// What lists of processes call it; at most 15 bytes (prctl(2), `PR_SET_NAME`).
const NAME: &CStr = c"qga-guardian";

const OOM_SCORE: &str = "/proc/self/oom_score_adj";
/// The kernel never picks such a process when memory runs out (proc(5)).
const NEVER: &str = "-1000";

/// What keeps a process going when the machine is in trouble.
#[derive(Debug)]
pub struct Protection {
    oom_score: Option<String>,
}

impl Protection {
    /// Leaves the session of the process that started this one, keeps all memory from being paged out, and has
    /// the kernel spare the process when memory runs out. Tells what could not be had, for want of privileges
    /// for example. Threads should be running before, as memory for more may be refused afterwards.
    pub fn begin() -> (Protection, Vec<String>) {
        let mut refused = Vec::new();
        let mut tell = |what: &str, error: io::Error| refused.push(format!("{what}: {}", strerror(&error)));
        if let Err(error) = set_name(NAME) {
            tell("cannot have a name of its own", error.into());
        }
        if let Err(error) = setsid() {
            tell("cannot begin a session", error.into());
        }
        if let Err(error) = mlockall(MlockAllFlags::MCL_CURRENT | MlockAllFlags::MCL_FUTURE) {
            tell("cannot lock the memory", error.into());
        }
        let oom_score = fs::read_to_string(OOM_SCORE).ok();
        if let Err(error) = fs::write(OOM_SCORE, NEVER) {
            tell("cannot be spared when memory runs out", error);
        }
        (Protection { oom_score }, refused)
    }

    /// Gives back what programs would inherit that are started from here on.
    pub fn end(self) -> io::Result<()> {
        self.oom_score.map_or(Ok(()), |score| fs::write(OOM_SCORE, score))
    }
}
