//! Runs the measurements, which are a program of their own: it is built without debugging aids.

use crate::{command::passed, oracle};
use anyhow::Result;
use std::process::Command;

/// Measures; the arguments are those of the program.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    oracle::provide()?;
    let cargo = ["run", "--quiet", "--profile", "bench", "--package", "qga-bench", "--"];
    passed(Command::new("cargo").args(cargo).args(arguments))
}
