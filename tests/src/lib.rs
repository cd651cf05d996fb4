//! Black-box tests of the agent over its unix socket; see `tests/`. All of them also run against a reference
//! agent when `QGA_UNDER_TEST` names one.
#![forbid(unsafe_code)]

mod daemon;
mod hang;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use qga_testkit::{Agent, Connection, program};

pub use daemon::Daemon;
pub use hang::Hang;

/// A file of this package.
pub fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Runs a test of something that ours does better than the reference, tested both ways: where a reference
/// agent is under test it must not pass.
pub fn improvement(test: impl FnOnce() -> Result<()>) -> Result<()> {
    match (program::reference_is_under_test(), test()) {
        (false, result) => result,
        (true, Err(_)) => Ok(()),
        (true, Ok(())) => bail!("the reference passes this as well, so it is no improvement"),
    }
}

/// The agent under test and a client of it.
pub fn agent_and_client() -> Result<(Agent, Connection)> {
    let mut agent = Agent::start()?;
    let connection = agent.connect()?;
    Ok((agent, connection))
}

/// The request for a command without arguments.
pub fn request(command: &str) -> String {
    format!("{{\"execute\": \"{command}\"}}\n")
}

/// The request for guest-sync with this id.
pub fn sync(id: u64) -> String {
    format!("{{\"execute\": \"guest-sync\", \"arguments\": {{\"id\": {id}}}}}\n")
}

/// The answer to [`sync`].
pub fn synced(id: u64) -> String {
    format!("{{\"return\": {id}}}")
}

/// The answer of a command that returns nothing.
pub const DONE: &str = "{\"return\": {}}";
