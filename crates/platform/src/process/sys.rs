use super::Fork;
use nix::unistd::ForkResult;

/// The caller has made sure that no other thread runs.
#[expect(unsafe_code, reason = "fork(2) has no safe form")]
pub(super) fn fork() -> nix::Result<Fork> {
    // SAFETY: fork(2) asks of a process with several threads that the child calls nothing but
    // async-signal-safe functions; `super::fork`, the only caller, refuses when there are several.
    let result = unsafe { nix::unistd::fork() };
    Ok(match result? {
        ForkResult::Parent { .. } => Fork::Parent,
        ForkResult::Child => Fork::Child,
    })
}
