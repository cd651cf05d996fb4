//! Fuzzing, for as long as one likes: each target of `qga-fuzzing` in turn, from its seeds and what earlier runs
//! found. What it finds wrong stays in `fuzz/artifacts`.

use crate::command::{passed, say};
use anyhow::{Context, Result, bail};
use qga_fuzzing::{TARGETS, Target, target};
use std::fs;
use std::process::{Command, Stdio};

/// How long each target runs unless told otherwise.
const SECONDS: u64 = 10;
/// Inputs are not made longer than this: readers that take a line at a time gain nothing by more.
const LONGEST: &str = "4096";
/// Where the tool is installed if it is not there: nobody else's place.
const TOOLS: &str = "target/tools";

/// `[--seconds N] [TARGET...]`
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let (seconds, targets) = parse(arguments)?;
    provide_tool()?;
    // Takes minutes the first time, and shows what it does.
    passed(tool().args(["build", "any"]))?;
    let mut executions = 0;
    for target in targets {
        let done = fuzz(target, seconds)?;
        say(&format!("{:<16} {done:>12} executions", target.name));
        executions += done;
    }
    say(&format!("{:<16} {executions:>12} executions", "all"));
    Ok(())
}

fn parse(arguments: &[String]) -> Result<(u64, Vec<Target>)> {
    let (mut seconds, mut targets, mut rest) = (SECONDS, Vec::new(), arguments.iter());
    while let Some(argument) = rest.next() {
        if argument == "--seconds" {
            let number = rest.next().context("--seconds needs a number")?;
            seconds = number.parse().with_context(|| format!("{number} is no number of seconds"))?;
        } else {
            targets.push(target(argument).with_context(|| unknown(argument))?);
        }
    }
    Ok((seconds, if targets.is_empty() { TARGETS.to_vec() } else { targets }))
}

fn unknown(name: &str) -> String {
    let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
    format!("no target is called {name}; there are: {}", names.join(" "))
}

fn provide_tool() -> Result<()> {
    let there = tool().arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if there.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    say("installing cargo-fuzz");
    passed(Command::new("cargo").args(["install", "--quiet", "--root", TOOLS, "cargo-fuzz"]))
}

/// Cargo with the nightly compiler, which instruments what it builds, and the tool where this installs it.
fn tool() -> Command {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new("rustup");
    command.args(["run", "nightly", "cargo", "fuzz"]).env("PATH", format!("{TOOLS}/bin:{path}"));
    command
}

/// Tells how many inputs were tried.
fn fuzz(target: Target, seconds: u64) -> Result<u64> {
    let [corpus, seeds, artifacts] =
        ["corpus", "seeds", "artifacts"].map(|kind| format!("fuzz/{kind}/{}/", target.name));
    for directory in [&corpus, &artifacts] {
        fs::create_dir_all(directory).with_context(|| format!("cannot make {directory}"))?;
    }
    let output = tool()
        .args(["run", "any", &corpus, &seeds, "--"])
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-artifact_prefix={artifacts}"))
        .arg(format!("-max_len={LONGEST}"))
        .args(["-timeout=10", "-print_final_stats=1"])
        .env("QGA_FUZZ_TARGET", target.name)
        .output()
        .context("cannot run cargo fuzz")?;
    let told = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        say(&told);
        bail!("{} is not done with an input; see {artifacts}", target.name);
    }
    executions(&told).context("the fuzzer does not tell how much it did")
}

fn executions(told: &str) -> Option<u64> {
    told.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_be_fuzzed_is_said_on_the_command_line() {
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let parsed = |line| parse(&words(line)).map(|(seconds, targets)| (seconds, targets.len()));
        assert_eq!(parsed("").unwrap(), (SECONDS, TARGETS.len()));
        assert_eq!(parsed("--seconds 3 parser utmp").unwrap(), (3, 2));
        assert!(parsed("--seconds").is_err() && parsed("--seconds x").is_err() && parsed("nothing").is_err());
    }

    #[test]
    fn the_fuzzer_tells_how_much_it_did() {
        assert_eq!(executions("#2 INITED\nstat::number_of_executed_units: 123\n"), Some(123));
        assert_eq!(executions("#2 INITED\n"), None);
    }
}
