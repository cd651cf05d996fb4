//! Who may log in.

use crate::{Base64, Command};
use serde::{Deserialize, Serialize};

/// Sets a user's password.
///
/// The guest's own `chpasswd` does it. The password does not get into a log, an error or the list of processes.
// No `Debug`: what cannot be printed is not printed by mistake.
#[derive(Serialize, Deserialize, Command)]
#[command(name = "guest-set-user-password", since = "2.3", effect = Account)]
pub struct SetUserPassword {
    /// The user.
    #[command(logged)]
    pub username: String,
    /// The password; a NUL byte ends it, a line feed may not be in it.
    pub password: Base64,
    /// Whether the password is hashed already, in a form that the guest knows: crypt(5).
    #[command(logged)]
    pub crypted: bool,
}
