#![expect(unsafe_code, reason = "what happens between fork and exec is unsafe by nature")]

use crate::account::Account;
use nix::libc::{c_char, execve};
use nix::unistd::{setgid, setgroups, setuid};
use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::{io, ptr};

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

/// Has the program started with exactly these arguments, its own name first, and this environment: the library sorts
/// variables, and takes neither two of one name nor what is none.
pub(super) fn as_given(
    command: &mut Command,
    path: &Path,
    arguments: impl Iterator<Item = impl AsRef<OsStr>>,
    environment: impl Iterator<Item = impl AsRef<OsStr>>,
) -> io::Result<()> {
    let path = c_string(path.as_os_str())?;
    let (arguments, environment) = (Strings::new(arguments)?, Strings::new(environment)?);
    let execute = move || {
        // SAFETY: all three are made of C strings that live as long as this closure, the lists end with a null pointer,
        // and execve(2) is async-signal-safe.
        unsafe { execve(path.as_ptr(), arguments.as_ptr(), environment.as_ptr()) };
        Err(io::Error::last_os_error())
    };
    // SAFETY: it does nothing between fork and exec but execve(2); an errno becomes an `io::Error` without allocation.
    unsafe { command.pre_exec(execute) };
    Ok(())
}

fn c_string(text: &OsStr) -> io::Result<CString> {
    Ok(CString::new(text.as_bytes())?)
}

/// Texts as execve(2) takes them.
struct Strings {
    _texts: Vec<CString>,
    /// Where each of them is, and a null pointer.
    list: Vec<*const c_char>,
}

// SAFETY: the pointers are to texts that are its own and never change.
unsafe impl Send for Strings {}
// SAFETY: as above.
unsafe impl Sync for Strings {}

impl Strings {
    fn new(texts: impl Iterator<Item = impl AsRef<OsStr>>) -> io::Result<Strings> {
        let texts = texts.map(|text| c_string(text.as_ref())).collect::<io::Result<Vec<_>>>()?;
        let list = texts.iter().map(|text| text.as_ptr()).chain([ptr::null()]).collect();
        Ok(Strings { _texts: texts, list })
    }

    fn as_ptr(&self) -> *const *const c_char {
        self.list.as_ptr()
    }
}
