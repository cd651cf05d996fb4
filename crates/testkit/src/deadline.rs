//! Waiting for what gives no notice of itself, such as the end of a process or a socket that accepts.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};

use crate::program;

/// How long any single event may take before a test fails: generous, as test machines are busy, but not with
/// a reference agent, for which tests of what it lacks wait in vain.
pub fn patience() -> Duration {
    Duration::from_secs(if program::reference_is_under_test() { 5 } else { 60 })
}

const PAUSE: Duration = Duration::from_millis(2);

/// Asks again and again until there is an answer, for at most [`patience`]; `what` completes "waited for".
pub fn wait_until<T>(what: &str, mut ask: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask()? {
            return Ok(answer);
        }
        ensure!(start.elapsed() < patience(), "waited in vain for {what}");
        thread::sleep(PAUSE);
    }
}
