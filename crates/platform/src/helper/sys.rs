#![expect(unsafe_code, reason = "what happens between fork and exec is unsafe by nature")]

use std::os::unix::process::CommandExt;
use std::process::Command;

/// Has the program started as leader of a new session: without a terminal, and out of reach of signals that
/// are meant for the agent's group.
pub(super) fn in_its_own_session(command: &mut Command) {
    let begin_session = || nix::unistd::setsid().map(drop).map_err(Into::into);
    // SAFETY: between fork and exec only functions that are async-signal-safe may be called, as another thread
    // may have held any lock at the fork. setsid(2) is one; an errno becomes an `io::Error` without allocation.
    unsafe { command.pre_exec(begin_session) };
}
