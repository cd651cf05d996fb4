//! Waiting for what gives no notice of itself, such as the end of a process or a socket that accepts.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};

/// How long any single event may take before a test fails; generous, as test machines are busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

const PAUSE: Duration = Duration::from_millis(2);

/// Asks again and again until there is an answer, for at most twenty seconds; `what` completes "waited for".
pub fn wait_until<T>(what: &str, mut ask: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask()? {
            return Ok(answer);
        }
        ensure!(start.elapsed() < PATIENCE, "waited in vain for {what}");
        thread::sleep(PAUSE);
    }
}
