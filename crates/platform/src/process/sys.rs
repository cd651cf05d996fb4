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

/// Has all threads take memory from one place: one of their own costs each of them pages that it hardly uses.
#[cfg(target_env = "gnu")]
#[expect(unsafe_code, reason = "mallopt(3) has no safe form")]
pub(super) fn share_memory() {
    // SAFETY: mallopt(3) takes two numbers and keeps neither; it is safe for several threads. What it refuses changes
    // nothing.
    unsafe { nix::libc::mallopt(nix::libc::M_ARENA_MAX, 1) };
}

/// Other C libraries do so anyway.
#[cfg(not(target_env = "gnu"))]
pub(super) fn share_memory() {}
