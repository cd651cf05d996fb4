use crate::Root;
use crate::account::{Accounts, SystemAccounts};
use crate::freeze::{Filesystems, MountedFilesystems};
use crate::helper::{Programs, SystemPrograms};
use crate::storage::Sizes;
use crate::time::{Clock, SystemClock};

/// The system that a command works on.
pub struct Os {
    /// Its files.
    pub root: Root,
    /// Its clock.
    pub clock: Box<dyn Clock>,
    /// What can be run on it.
    pub programs: Box<dyn Programs>,
    /// Who asks filesystems for their sizes.
    pub sizes: Sizes,
    /// What is mounted, to freeze and to trim.
    pub filesystems: Box<dyn Filesystems>,
    /// Its users.
    pub accounts: Box<dyn Accounts>,
}

impl Os {
    /// The running system.
    pub fn system() -> Os {
        Os {
            root: Root::system(),
            clock: Box::new(SystemClock),
            programs: Box::new(SystemPrograms),
            sizes: Sizes::default(),
            filesystems: Box::new(MountedFilesystems),
            accounts: Box::new(SystemAccounts),
        }
    }
}
