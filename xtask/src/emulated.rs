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
/// The tests that ask the agent what it answers. Not those that look at its memory or its processor time, which are the
/// emulator's.
const SUITES: [&str; 16] = [
    "answers",
    "audit",
    "bytes",
    "client",
    "clients",
    "configuration",
    "doctor",
    "examples",
    "hosts",
    "options",
    "policy",
    "quirks",
    "readiness",
    "startup",
    "stuck",
    "transcripts",
];
/// What is not as it is without the emulator, and why.
const SKIPPED: [&str; 6] = [
    // Sixteen MiB through a pipe may take longer than a test waits.
    "cap-16-mib",
    // A guardian is the agent's own program once more, which the kernel cannot start without the emulator.
    "args-freeze-list-empty",
    "args-freeze-list-unknown",
    // The emulator does not know openat2(2).
    "only_permitted_paths_are_opened_whatever_way_leads_there",
    // It has a thread of its own, which would be lost in the background.
    "daemon_",
    // It is the program whose socket is found.
    "an_agent_that_runs_is_found",
];

/// Puts the agent to those tests.
pub(crate) fn suite() -> Result<()> {
    packages::ensure(&["qemu-user-static"])?;
    targets::provide(TARGET)?;
    let mut build = Command::new("cargo");
    build.args(["build", "-q", "-p", "qga-agent", "--bin", "qemu-ga", "--target", TARGET]);
    // Optimized a little, as each of its instructions takes several here.
    build.env("CARGO_PROFILE_DEV_OPT_LEVEL", "1").env("CARGO_PROFILE_DEV_DEBUG", "0");
    targets::link_statically(&mut build, TARGET);
    passed(&mut build)?;
    let directory = tempfile::tempdir()?;
    let agent = wrapped(directory.path())?;
    let mut test = Command::new("cargo");
    test.args(["test", "-q", "-p", "qga-tests", "--no-fail-fast"]);
    test.args(SUITES.iter().flat_map(|name| ["--test", name])).arg("--");
    test.args(SKIPPED.iter().flat_map(|name| ["--skip", name]));
    passed(test.env("QGA_OURS", agent))
}

/// A program that runs the agent under the emulator, where everybody may execute both.
fn wrapped(directory: &Path) -> Result<PathBuf> {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target").join(TARGET).join("debug/qemu-ga");
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
