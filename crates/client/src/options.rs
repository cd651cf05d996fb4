//! What a client may be told about its patience.

use std::time::Duration;

/// How long to wait, and how much to take. The fields may be set one by one: `Options { timeout,
/// ..Options::default() }`.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How long one call may take, the handshake included where one is needed.
    pub timeout: Duration,
    /// How long to wait for the failure of a command that is answered only when it fails (shutting down,
    /// suspending) before the agent is asked whether it is done with it.
    pub silence: Duration,
    /// How many bytes one reply may have. More is a broken or hostile agent.
    pub longest_reply: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            timeout: Duration::from_secs(10),
            // A refused suspend or shutdown is told within a second or two: longer than its helper programs
            // take to fail, and an agent that gives up on commands that hang must not be made to before.
            silence: Duration::from_secs(3),
            // The longest that an agent sends is 48 MiB of a file, 64 MiB in base64, and some words.
            longest_reply: 65 << 20,
        }
    }
}
