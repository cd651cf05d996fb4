//! The keys with which users may log in.

use crate::{Command, Schema};
use serde::{Deserialize, Serialize};

/// Tells which keys a user may log in with, the last line of the file first.
///
/// The file is `.ssh/authorized_keys` in the user's home directory. It is read with the user's rights, and no
/// symbolic link is followed to it from there. That it is missing is an error.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-ssh-get-authorized-keys", since = "5.2", returns = AuthorizedKeys, effect = Read)]
pub struct SshGetAuthorizedKeys {
    /// The user.
    #[command(logged)]
    pub username: String,
}

/// What a user may log in with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct AuthorizedKeys {
    /// The lines of the file but for blank ones and comments.
    pub keys: Vec<String>,
}

/// Adds keys that a user may log in with; those that are there already stay as they are.
///
/// The file that `guest-ssh-get-authorized-keys` reads is replaced as a whole, with the user's rights, and made
/// if need be. What is added ends with a line feed.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-ssh-add-authorized-keys", since = "5.2", effect = Account)]
pub struct SshAddAuthorizedKeys {
    /// The user.
    #[command(logged)]
    pub username: String,
    /// A line each, in the form that sshd(8) describes.
    pub keys: Vec<String>,
    /// Whether all that is in the file now is to go; it stays when absent.
    #[command(logged)]
    pub reset: Option<bool>,
}

/// Removes keys that a user may log in with; where there is no file there is nothing to do.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-ssh-remove-authorized-keys", since = "5.2", effect = Account)]
pub struct SshRemoveAuthorizedKeys {
    /// The user.
    #[command(logged)]
    pub username: String,
    /// Whole lines, to the letter.
    pub keys: Vec<String>,
}
