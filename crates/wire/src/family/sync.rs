//! Finding the beginning of an answer, and whether anybody is there.

use crate::Command;
use serde::{Deserialize, Serialize};

/// Answers with the number it is given, led by the byte 0xFF.
///
/// A client that doesn't know what is still on its way sends it and throws away everything up to the 0xFF.
/// If the command before it has been running for more than half a second, that command's answer is dropped
/// and this one is answered at once.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-sync-delimited", since = "1.1", returns = i64, effect = Basic, while_frozen)]
pub struct SyncDelimited {
    /// A number that the client makes up.
    #[command(logged)]
    pub id: i64,
}

/// Answers with the number it is given.
///
/// As `guest-sync-delimited`, for clients that tell the answer by its number.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-sync", since = "0.15.0", returns = i64, effect = Basic, while_frozen)]
pub struct Sync {
    /// A number that the client makes up.
    #[command(logged)]
    pub id: i64,
}

/// Answers that the agent is there.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-ping", since = "0.15.0", effect = Basic, while_frozen)]
pub struct Ping {}
