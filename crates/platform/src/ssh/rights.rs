//! Doing something with the rights of a user, in a thread of its own.

use crate::account::Account;
use crate::{Error, Result};
use nix::unistd::{Gid, Uid};
use rustix::thread::{
    CapabilitySet, CapabilitySets, Gid as ThreadGid, Uid as ThreadUid, capabilities, set_capabilities,
    set_thread_groups, set_thread_res_gid, set_thread_res_uid,
};
use std::panic::resume_unwind;
use std::thread;

/// Lets `act` work with the rights of `account` and no others.
///
/// For the kernel, ids belong to threads (credentials(7)); that all threads of a process share them is the C
/// library's doing, and it is gone round here. So a new thread takes on the user's groups and effective ids,
/// does its work and ends; no other thread is touched, and nothing has to be restored. Its real and saved ids
/// stay those of the agent: with them the user could send the thread signals, which hit the whole process.
///
/// An agent that already is that user acts as it is.
pub(super) fn with_rights_of<T: Send>(
    account: &Account,
    act: impl FnOnce() -> Result<T> + Send,
) -> Result<T> {
    if Uid::effective() == account.uid {
        return act();
    }
    thread::scope(|scope| {
        let become_and_act = || {
            become_user(account)?;
            act()
        };
        let thread = thread::Builder::new().name("user".to_owned()).spawn_scoped(scope, become_and_act);
        let thread = thread.map_err(|error| Error::new("cannot start a thread", error))?;
        thread.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}

/// Whether this thread may look into what belongs to any user, and may become none.
pub(super) fn can_only_look() -> bool {
    let (look, change) = (CapabilitySet::DAC_READ_SEARCH, CapabilitySet::SETUID);
    capabilities(None).is_ok_and(|sets| sets.effective.contains(look) && !sets.effective.contains(change))
}

fn become_user(account: &Account) -> Result<()> {
    let name = &account.name;
    let groups: Vec<ThreadGid> = account.groups.iter().copied().map(thread_gid).collect();
    set_thread_groups(&groups)
        .map_err(|error| Error::new(format!("failed to set group for user '{name}'"), error))?;
    set_thread_res_gid(None, thread_gid(account.gid), None)
        .map_err(|error| Error::new(format!("failed to set effective group ID for user '{name}'"), error))?;
    set_thread_res_uid(None, ThreadUid::from_raw(account.uid.as_raw()), None)
        .map_err(|error| Error::new(format!("failed to set effective user ID for user '{name}'"), error))?;
    // Root loses its capabilities with its id; an agent that has some without being root would keep them.
    let none = CapabilitySet::empty();
    let sets = CapabilitySets { effective: none, permitted: none, inheritable: none };
    set_capabilities(None, sets)
        .map_err(|error| Error::new(format!("failed to give up capabilities for user '{name}'"), error))
}

fn thread_gid(gid: Gid) -> ThreadGid {
    ThreadGid::from_raw(gid.as_raw())
}

#[cfg(test)]
mod tests {
    use super::super::tests::somebody;
    use super::*;
    use std::fs;
    use std::path::Path;

    fn status(path: &str, field: &str) -> String {
        let text = fs::read_to_string(path).unwrap();
        text.lines().find_map(|line| line.strip_prefix(field)).unwrap().trim().replace('\t', " ")
    }

    #[test]
    fn the_thread_has_the_users_rights_and_all_others_keep_theirs() {
        let account = Account { groups: vec![Gid::from_raw(65_533)], ..somebody(Path::new("/")) };
        let before = ["Uid:", "Groups:", "CapEff:"].map(|field| status("/proc/thread-self/status", field));
        let leader = status("/proc/self/status", "Uid:");
        let (user, capabilities, others) = with_rights_of(&account, || {
            let user = Uid::effective();
            let capabilities = status("/proc/thread-self/status", "CapPrm:");
            Ok((user, capabilities, status("/proc/self/status", "Uid:")))
        })
        .unwrap();
        assert_eq!((user, others), (account.uid, leader));
        assert_eq!(u64::from_str_radix(&capabilities, 16), Ok(0));
        let after = ["Uid:", "Groups:", "CapEff:"].map(|field| status("/proc/thread-self/status", field));
        assert_eq!(before, after);
    }

    #[test]
    fn an_agent_without_privileges_is_told_so() {
        let user = somebody(Path::new("/"));
        let other = Account { name: "amy".to_owned(), uid: Uid::from_raw(4242), ..user.clone() };
        let told = with_rights_of(&user, || with_rights_of(&other, || Ok(()))).unwrap_err().to_string();
        assert_eq!(told, "failed to set group for user 'amy': Operation not permitted");
    }
}
