//! Everything that has to hold, part by part, each timed.

use crate::command::{passed, say};
use crate::{emulated, oracle, packages, supply};
use anyhow::{Context, Result, bail};
use qga_testkit::program;
use std::process::Command;
use std::time::{Duration, Instant};

/// A part of the suite.
struct Part {
    name: &'static str,
    about: &'static str,
    run: fn() -> Result<()>,
}

const PARTS: &[Part] = &[
    Part { name: "packages", about: "the Debian packages that the others need", run: packages::for_tests },
    Part { name: "format", about: "rustfmt", run: || cargo(&["fmt", "--all", "--check"]) },
    Part { name: "lints", about: "clippy, without a warning", run: lints },
    Part { name: "floor", about: "what ships builds with the oldest compiler", run: floor },
    Part { name: "supply", about: "licences, sources and versions of all that is used", run: supply::check },
    Part { name: "ports", about: "library and qga for Windows and FreeBSD", run: ports },
    Part { name: "units", about: "each crate by itself; generated files are fresh", run: units },
    Part { name: "suite", about: "black box, our agent", run: suite },
    Part {
        name: "reference",
        about: "the same suite and all verbs of qga, the reference agent",
        run: reference,
    },
    Part { name: "aarch64", about: "black box, our agent for aarch64, emulated", run: emulated::suite },
    Part { name: "clients", about: "other people's client libraries, our agent", run: clients },
    Part { name: "lab", about: "real guests", run: lab },
];

/// Crates that only tests and chores use; the others ship.
const NOT_SHIPPED: &[&str] = &[
    "qga-testkit",
    "qga-fuzzing",
    "qga-packaging",
    "qga-tests",
    "qga-clients",
    "qga-lab",
    "qga-bench",
    "qga-xtask",
];
/// Crates whose tests take long, or need what the others do not.
const PARTS_OF_THEIR_OWN: &[&str] = &["qga-tests", "qga-clients", "qga-lab"];
/// Those that a host of another system can use.
const PORTABLE: &[&str] = &["qga-wire", "qga-transport", "qga-client", "qga-cli"];
/// What is built only for those who ask for it.
const WITH_ASYNC: [&str; 2] = ["--features", "qga-client/tokio"];
const OTHER_SYSTEMS: &[&str] = &["x86_64-pc-windows-gnu", "x86_64-unknown-freebsd"];

/// Runs the parts named, or all of them.
pub(crate) fn run(names: &[String]) -> Result<()> {
    let known = |name: &String| PARTS.iter().any(|part| part.name == name);
    if let Some(unknown) = names.iter().find(|name| !known(name)) {
        let parts: Vec<_> = PARTS.iter().map(|part| format!("  {:<10} {}", part.name, part.about)).collect();
        bail!("no part is called {unknown}; there are:\n{}", parts.join("\n"));
    }
    let chosen = PARTS.iter().filter(|part| names.is_empty() || names.iter().any(|name| name == part.name));
    let outcomes: Vec<_> = chosen.map(timed).collect();
    summarize(&outcomes)
}

struct Outcome {
    name: &'static str,
    took: Duration,
    result: Result<()>,
}

fn timed(part: &Part) -> Outcome {
    say(&format!("\n== {}: {}", part.name, part.about));
    let start = Instant::now();
    let result = (part.run)();
    if let Err(error) = &result {
        say(&format!("error: {error:#}"));
    }
    Outcome { name: part.name, took: start.elapsed(), result }
}

fn summarize(outcomes: &[Outcome]) -> Result<()> {
    say("");
    for outcome in outcomes {
        let word = if outcome.result.is_ok() { "passed" } else { "FAILED" };
        say(&format!("{:<10} {word} {:>7.1} s", outcome.name, outcome.took.as_secs_f64()));
    }
    let failed = outcomes.iter().filter(|outcome| outcome.result.is_err()).count();
    say(&format!("parts: {} passed, {failed} failed", outcomes.len() - failed));
    if failed > 0 {
        bail!("{failed} parts failed");
    }
    Ok(())
}

fn cargo(arguments: &[&str]) -> Result<()> {
    passed(Command::new("cargo").args(arguments))
}

fn lints() -> Result<()> {
    cargo(&["clippy", "-q", "--workspace", "--all-targets", "--", "-D", "warnings"])
}

fn floor() -> Result<()> {
    let version = env!("CARGO_PKG_RUST_VERSION");
    passed(Command::new("rustup").args(["toolchain", "install", version, "--profile", "minimal"]))
        .with_context(|| format!("rustup could not provide Rust {version}"))?;
    let mut check = Command::new("rustup");
    check
        .args(["run", version, "cargo", "check", "-q", "--workspace", "--target-dir", "target/floor"])
        .args(WITH_ASYNC);
    passed(check.args(NOT_SHIPPED.iter().flat_map(|name| ["--exclude", name])))
}

fn ports() -> Result<()> {
    for system in OTHER_SYSTEMS {
        passed(Command::new("rustup").args(["target", "add", system]))
            .with_context(|| format!("rustup could not provide {system}"))?;
        let packages = PORTABLE.iter().flat_map(|name| ["-p", name]);
        passed(
            Command::new("cargo").args(["check", "-q", "--target", system]).args(packages).args(WITH_ASYNC),
        )?;
    }
    Ok(())
}

fn units() -> Result<()> {
    let mut test = Command::new("cargo");
    test.args(["test", "-q", "--workspace"]);
    passed(test.args(PARTS_OF_THEIR_OWN.iter().flat_map(|name| ["--exclude", name])))
}

fn suite() -> Result<()> {
    cargo(&["build", "-q", "--bins"])?;
    cargo(&["test", "-q", "-p", "qga-tests"])
}

fn reference() -> Result<()> {
    oracle::provide()?;
    // Hostile guests are made up, and need no agent.
    let of_client = ["-p", "qga-cli", "--test", "qga", "--", "--skip", "hostile"];
    for tests in [&["-p", "qga-tests"][..], &of_client] {
        let mut command = Command::new("cargo");
        command.args(["test", "-q"]).args(tests).env("QGA_UNDER_TEST", program::oracle()?);
        passed(&mut command)?;
    }
    Ok(())
}

fn clients() -> Result<()> {
    cargo(&["build", "-q", "--bin", "qemu-ga"])?;
    cargo(&["test", "-q", "-p", "qga-clients"])
}

fn lab() -> Result<()> {
    oracle::provide()?;
    cargo(&["build", "-q", "--bins"])?;
    cargo(&["test", "-q", "-p", "qga-lab"])
}
