//! The keys with which users may log in: `.ssh/authorized_keys` in their home directories (compat.md C.10).
//!
//! What is there belongs to a user of the guest, who may put anything in our way while we work. So all is done
//! with that user's rights and no others ([`rights`]), from one open directory to the next, without following
//! a link, and bounded ([`directory`]); a file is replaced, never written to.

mod directory;
mod keys;
mod rights;
mod turn;

use crate::account::Account;
use crate::{Error, Result, Root};
use directory::{Current, Directory, Place};
use turn::Turn;

/// How often a change is tried when others than we change the file at the same time.
const MOST_ATTEMPTS: usize = 10;

/// What becomes of the lines that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// They stay.
    Keep,
    /// They go.
    Drop,
}

/// Refuses what cannot be a line of the file, or would be a comment. Anything else may be a key: which forms
/// there are, sshd knows.
pub fn check(keys: &[String]) -> Result<()> {
    match keys.iter().find(|key| key.starts_with('#') || key.contains(['\n', '\0'])) {
        Some(key) => Err(Error::told(format!("invalid OpenSSH public key: '{key}'"))),
        None => Ok(()),
    }
}

/// The user's keys, the last line first. That there is no file is an error.
///
/// An agent that may look anywhere and has given up becoming users reads what the
/// user could read, with rights of its own.
pub fn authorized_keys(root: &Root, account: &Account) -> Result<Vec<String>> {
    let read = |seen_by: &dyn Fn(&Current<'_>) -> Result<()>| {
        let place = Place::of(root, account);
        let directory = place.open()?.ok_or_else(|| place.missing())?;
        let file = directory.current()?.ok_or_else(|| place.missing())?;
        seen_by(&file)?;
        Ok(keys::listed(&file.content()?))
    };
    if rights::can_only_look() {
        return read(&|file| file.check_readable_by(account));
    }
    rights::with_rights_of(account, || read(&|_| Ok(())))
}

/// Adds `keys`, each that is not there yet; makes the file and its directory if need be.
pub fn add(root: &Root, account: &Account, keys: &[String], existing: Existing) -> Result<()> {
    let _turn = Turn::of(root, account)?;
    rights::with_rights_of(account, || {
        let place = Place::of(root, account);
        let directory = place.open()?.map_or_else(|| place.make(), Ok)?;
        change(&directory, |current| {
            let old = match existing {
                Existing::Keep => current.map(Current::content).transpose()?,
                Existing::Drop => None,
            };
            let new = keys::with(old.as_deref().unwrap_or_default(), keys);
            Ok((old.as_ref() != Some(&new)).then_some(new))
        })
    })
}

/// Removes `keys`, each that is there. That there is no file is fine.
pub fn remove(root: &Root, account: &Account, keys: &[String]) -> Result<()> {
    let _turn = Turn::of(root, account)?;
    rights::with_rights_of(account, || {
        let place = Place::of(root, account);
        let Some(directory) = place.open()? else { return Ok(()) };
        change(&directory, |current| {
            let Some(old) = current.map(Current::content).transpose()? else { return Ok(None) };
            let new = keys::without(&old, keys);
            Ok((old != new).then_some(new))
        })
    })
}

/// Replaces the file by what `edit` makes of it, until nobody else has changed it meanwhile. `None` leaves it.
fn change(
    directory: &Directory<'_>,
    edit: impl Fn(Option<&Current<'_>>) -> Result<Option<Vec<u8>>>,
) -> Result<()> {
    for _ in 0..MOST_ATTEMPTS {
        let current = directory.current()?;
        let Some(content) = edit(current.as_ref())? else { return Ok(()) };
        if directory.replace(current.as_ref(), &content)? {
            return Ok(());
        }
    }
    Err(directory.unwritten("others keep changing it"))
}

#[cfg(test)]
mod tests;
