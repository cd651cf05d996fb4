//! All that `cargo deny` looks at, known weaknesses included.

use crate::command::{passed, say, tool};
use anyhow::Result;
use std::process::{Command, Stdio};

/// Where the known weaknesses of crates are published.
const ADVISORIES: &str = "https://github.com/rustsec/advisory-db";

/// Checks by the rules of `deny.toml`. Advisories are only looked at where their list can be reached; that they were not
/// is said.
pub(super) fn check() -> Result<()> {
    let program = tool("cargo-deny")?;
    let deny = |checks: &[&str]| passed(Command::new(&program).args(["--locked", "check"]).args(checks));
    deny(&["licenses", "bans", "sources"])?;
    let mut reach = Command::new("git");
    reach.args(["ls-remote", ADVISORIES]).env("GIT_TERMINAL_PROMPT", "0");
    if reach.stdout(Stdio::null()).stderr(Stdio::null()).status()?.success() {
        return deny(&["advisories"]);
    }
    say(&format!("advisories were NOT checked: {ADVISORIES} cannot be reached from here"));
    Ok(())
}
