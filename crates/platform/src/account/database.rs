use crate::{Error, Result};
use nix::unistd::{Gid, Uid, User, getgrouplist};
use std::ffi::CString;
use std::path::PathBuf;

/// A user of the system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The login name.
    pub name: String,
    /// The user id.
    pub uid: Uid,
    /// The group id.
    pub gid: Gid,
    /// All groups that the user is in.
    pub groups: Vec<Gid>,
    /// The home directory.
    pub home: PathBuf,
}

/// The user database.
pub trait Accounts: Send + Sync {
    /// The user of this name. That there is none is an error, in the reference's words: `failed to lookup
    /// user 'U': Success`.
    fn find(&self, name: &str) -> Result<Account>;
}

/// The real one: whatever nsswitch.conf(5) lists.
pub struct SystemAccounts;

impl Accounts for SystemAccounts {
    fn find(&self, name: &str) -> Result<Account> {
        let doing = || format!("failed to lookup user '{name}'");
        let user = User::from_name(name).map_err(|error| Error::new(doing(), error))?;
        let user = user.ok_or_else(|| unknown(name))?;
        let c_name = CString::new(name).map_err(|_| unknown(name))?;
        let groups = getgrouplist(&c_name, user.gid).map_err(|error| Error::new(doing(), error))?;
        Ok(Account { name: user.name, uid: user.uid, gid: user.gid, groups, home: user.dir })
    }
}

/// What a user database says of somebody whom it does not know.
pub(crate) fn unknown(name: &str) -> Error {
    Error::told(format!("failed to lookup user '{name}': Success"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_knows_root_and_says_so_of_nobody_else() {
        let root = SystemAccounts.find("root").unwrap();
        assert_eq!((root.uid.as_raw(), root.gid.as_raw()), (0, 0));
        assert!(root.groups.contains(&root.gid));
        for name in ["no-such-user-x", "", "root\0"] {
            let told = SystemAccounts.find(name).unwrap_err().to_string();
            assert_eq!(told, format!("failed to lookup user '{name}': Success"));
        }
    }
}
