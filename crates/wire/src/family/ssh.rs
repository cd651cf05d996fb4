//! The keys with which users may log in.
//!
//! The file is `.ssh/authorized_keys` in the user's home directory. All that is done there is done with the
//! user's rights, symbolic links are not followed, and the file is replaced as a whole.

use crate::{Command, Schema};
use serde::{Deserialize, Serialize};

/// Tells which keys a user may log in with, the last line of the file first.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-ssh-get-authorized-keys", since = "5.2", returns = AuthorizedKeys, effect = Read)]
pub struct SshGetAuthorizedKeys {
    /// The user.
    pub username: String,
}

/// What a user may log in with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct AuthorizedKeys {
    /// The lines of the file but for blank ones and comments.
    pub keys: Vec<String>,
}

/// Adds keys that a user may log in with; those that are there already stay as they are.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-ssh-add-authorized-keys", since = "5.2", effect = Account)]
pub struct SshAddAuthorizedKeys {
    /// The user.
    pub username: String,
    /// A line each, in the form that sshd(8) describes.
    pub keys: Vec<String>,
    /// Whether all that is in the file now is to go; it stays when absent.
    pub reset: Option<bool>,
}

/// Removes keys that a user may log in with.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-ssh-remove-authorized-keys", since = "5.2", effect = Account)]
pub struct SshRemoveAuthorizedKeys {
    /// The user.
    pub username: String,
    /// Whole lines, to the letter.
    pub keys: Vec<String>,
}
