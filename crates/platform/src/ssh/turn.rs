//! One change of a user's file at a time: of two at once, the one that is done last would undo the other.

use crate::account::Account;
use crate::{Error, Result, Root};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a change waits for an earlier one of the same user's file.
const PATIENCE: Duration = Duration::from_secs(1);

/// The homes in which something is being changed. Each has a turn apart: one that hangs holds up no other.
static TAKEN: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
static GIVEN_BACK: Condvar = Condvar::new();

/// The right to change the file in a home, until it is dropped.
pub(super) struct Turn(PathBuf);

impl Turn {
    pub(super) fn of(root: &Root, account: &Account) -> Result<Turn> {
        let home = root.path(&account.home);
        let waited = GIVEN_BACK.wait_timeout_while(taken(), PATIENCE, |taken| taken.contains(&home));
        let (mut taken, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if !taken.insert(home.clone()) {
            let name = &account.name;
            return Err(Error::told(format!("an earlier request still changes the keys of user '{name}'")));
        }
        Ok(Turn(home))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        taken().remove(&self.0);
        GIVEN_BACK.notify_all();
    }
}

fn taken() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::super::tests::somebody;
    use super::*;
    use std::path::Path;

    #[test]
    fn a_turn_that_does_not_end_holds_up_no_other_user() {
        let root = Root::at("/nowhere");
        let [amy, zoe] = ["/home/amy", "/home/zoe"].map(|home| somebody(Path::new(home)));
        let turn = Turn::of(&root, &amy).unwrap();
        assert!(Turn::of(&root, &zoe).is_ok());
        let told = Turn::of(&root, &amy).err().unwrap().to_string();
        assert_eq!(told, "an earlier request still changes the keys of user 'amy'");
        drop(turn);
        assert!(Turn::of(&root, &amy).is_ok());
    }
}
