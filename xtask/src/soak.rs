//! Long runs, for which the suite has no time.

use crate::command::passed;
use anyhow::{Result, bail};
use std::process::Command;

/// Has the agent run so many programs, and as many mixed commands of several clients, and sees that nothing is
/// left of them.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let count = match arguments {
        [] => "100000",
        [count] => count,
        _ => bail!("only the number of programs and commands can be told"),
    };
    let mut test = Command::new("cargo");
    test.args([
        "test",
        "-q",
        "-p",
        "qga-tests",
        "--test",
        "soak",
        "--test",
        "mixed_soak",
        "--",
        "--nocapture",
    ]);
    passed(test.env(qga_testkit::SOAK, count))
}
