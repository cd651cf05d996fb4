#![expect(unsafe_code, reason = "what happens between fork and exec is unsafe by nature")]

use crate::account::Account;
use nix::unistd::{setgid, setgroups, setuid};
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Has the program run by this user, with all groups that the user is in. If that cannot be, it does not start.
pub(super) fn as_account(command: &mut Command, account: &Account) {
    let (uid, gid, groups) = (account.uid, account.gid, account.groups.clone());
    let become_account = move || {
        setgroups(&groups)?;
        setgid(gid)?;
        setuid(uid)?;
        Ok(())
    };
    // SAFETY: between fork and exec only functions that are async-signal-safe may be called, as another thread
    // may have held any lock at the fork. All three are thin wrappers of system calls there, as the only thread
    // of the child calls them; the groups were listed before, and an errno becomes an `io::Error` without
    // allocation.
    unsafe { command.pre_exec(become_account) };
}
