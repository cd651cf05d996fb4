//! Host programs that others wrote, driving the agent under test; see `tests/`. Clients in Python live in an
//! environment of their own, made once from `python/requirements.txt`, where versions and hashes are pinned.
#![forbid(unsafe_code)]

use anyhow::{Context, Result, ensure};
use qga_testkit::Agent;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{Mutex, PoisonError},
};

/// An agent that listens already.
pub fn agent() -> Result<Agent> {
    let mut agent = Agent::start()?;
    agent.connect()?;
    Ok(agent)
}

/// Runs a script of `python/` with the agent's socket and a directory for files as its arguments; an error with
/// all it printed if it does not end well.
pub fn python(script: &str, agent: &Agent) -> Result<()> {
    let scratch = agent.scratch();
    let output = Command::new(environment()?.join("bin/python"))
        .arg(package().join("python").join(script))
        .arg(scratch.socket())
        .arg(scratch.files())
        // Avocado looks for its settings and makes its directories at home.
        .env("HOME", scratch.path())
        .output()
        .with_context(|| format!("cannot run {script}"))?;
    ensure!(output.status.success(), "{script}: {}\n{}", shown(&output), agent.log());
    Ok(())
}

fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The directory of the environment, made if it is not there or was made from other requirements.
fn environment() -> Result<PathBuf> {
    static MAKING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    let directory = package().join("../target/python-clients");
    let requirements = package().join("python/requirements.txt");
    let made_from = directory.join("made-from");
    let wanted = fs::read_to_string(&requirements)?;
    if fs::read_to_string(&made_from).is_ok_and(|made_from| made_from == wanted) {
        return Ok(directory);
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&directory))
        .context("cannot make an environment for Python; its module venv is needed")?;
    let options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-compile", "--require-hashes"];
    let mut pip = Command::new(directory.join("bin/python"));
    run(pip.args(["-m", "pip", "install"]).args(options).arg("--requirement").arg(&requirements))
        .context("cannot install clients written in Python; the Python package index is needed once")?;
    fs::write(made_from, wanted)?;
    Ok(directory)
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output()?;
    ensure!(output.status.success(), "{}", shown(&output));
    Ok(())
}

fn shown(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}\n{}{}", output.status, text(&output.stdout), text(&output.stderr))
}
