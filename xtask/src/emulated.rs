//! Our agent for another processor, under the emulation of programs that QEMU has.

use crate::command::{passed, run_quietly};
use crate::{packages, targets};
use anyhow::{Context, Result};
use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "aarch64-unknown-linux-musl";
/// As Debian has called the emulator, and calls it.
const EMULATORS: [&str; 2] = ["qemu-aarch64-static", "qemu-aarch64"];
/// The tests that ask the agent what it answers. Others look at its process, which is the emulator's.
const SUITES: [&str; 3] = ["transcripts", "options", "configuration"];
/// Sixteen MiB through a pipe take the emulator longer than a test waits.
const TOO_SLOW: &str = "cap-16-mib";

/// Puts the agent to those tests.
pub(crate) fn suite() -> Result<()> {
    packages::ensure(&["qemu-user-static"])?;
    targets::provide(TARGET)?;
    let mut build = Command::new("cargo");
    // Optimized, as each of its instructions takes several here.
    build.args([
        "build",
        "-q",
        "-p",
        "qga-agent",
        "--bin",
        "qemu-ga",
        "--profile",
        "bench",
        "--target",
        TARGET,
    ]);
    targets::link_statically(&mut build, TARGET);
    passed(&mut build)?;
    let directory = tempfile::tempdir()?;
    let agent = wrapped(directory.path())?;
    let tests = SUITES.iter().flat_map(|name| ["--test", name]);
    let mut test = Command::new("cargo");
    test.args(["test", "-q", "-p", "qga-tests"]).args(tests).args(["--", "--skip", TOO_SLOW]);
    passed(test.env("QGA_OURS", agent))
}

/// A program that runs the agent under the emulator, where everybody may execute both.
fn wrapped(directory: &Path) -> Result<PathBuf> {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target").join(TARGET).join("release/qemu-ga");
    let (agent, script) = (directory.join("agent"), directory.join("qemu-ga"));
    run_quietly(Command::new("cp").args([&built, &agent]))?;
    let text = format!("#!/bin/sh\nexec {} -0 \"$0\" {} \"$@\"\n", emulator()?.display(), agent.display());
    fs::write(&script, text)?;
    for path in [directory, &agent, &script] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    }
    Ok(script)
}

fn emulator() -> Result<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut places = env::split_paths(&path).flat_map(|directory| EMULATORS.map(|name| directory.join(name)));
    places.find(|program| program.is_file()).context("qemu-aarch64 is missing")
}
