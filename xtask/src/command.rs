//! Running other programs, and what is said on the way.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use nix::unistd::Uid;

/// Tells the user something, on a line of its own.
#[expect(clippy::print_stderr, reason = "the terminal is where a chore reports")]
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}

/// Runs a program and waits for it; what it says is shown only when it fails, which is an error that names
/// the command line.
pub(crate) fn run_quietly(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("cannot run {}", line(command)))?;
    if !output.status.success() {
        say(&String::from_utf8_lossy(&output.stdout));
        say(&String::from_utf8_lossy(&output.stderr));
    }
    ensure!(output.status.success(), "{} ended with {}", line(command), output.status);
    Ok(())
}

/// Runs a program whose output the user wants to see.
pub(crate) fn passed(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot run {}", line(command)))?;
    ensure!(status.success(), "{} ended with {status}", line(command));
    Ok(())
}

/// A program that cargo builds from its registry: where it is, once it is built.
pub(crate) fn tool(name: &str) -> Result<PathBuf> {
    const TOOLS: &str = "target/tools";
    let program = Path::new(TOOLS).join("bin").join(name);
    if !program.exists() {
        say(&format!("building {name}; this takes some minutes, once"));
        passed(Command::new("cargo").args(["install", "-q", "--locked", "--root", TOOLS, name]))?;
    }
    Ok(program)
}

/// A command with root's rights: by itself for root, through sudo for others.
pub(crate) fn as_root(program: &str) -> Command {
    if Uid::effective().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.arg("-n").arg(program);
    command
}

/// Whether [`as_root`] will work without asking anybody anything.
pub(crate) fn may_act_as_root() -> bool {
    as_root("true").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn line(command: &Command) -> String {
    let words = [command.get_program()].into_iter().chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
