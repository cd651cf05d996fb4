//! Each session recorded from the reference agent in a virtual machine is a test, named as in
//! `tests/transcripts/vm.jsonl`, on a guest of its own.

use anyhow::{Context, Result, bail, ensure};
use libtest_mimic::{Arguments, Failed, Trial};
use qga_lab::{Guest, layouts};
use qga_testkit::{
    difference::{self, Difference},
    program,
    transcript::{self, Exchange, Session, answer::Expected, placeholder::Placeholders},
};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

const PATIENCE: Duration = Duration::from_secs(60);
const QUIET: Duration = Duration::from_millis(300);

fn main() -> Result<ExitCode> {
    let arguments = Arguments::from_args();
    let differences = difference::read(&file("differences.toml"))?;
    let differences = if program::reference_is_under_test() { Vec::new() } else { differences };
    let mut trials = Vec::new();
    for session in transcript::read(&file("transcripts/vm.jsonl"))? {
        let differences = differences.clone();
        // Its later exchanges only look at what the first one has done.
        let ahead_of_us = !session.exchanges.iter().find_map(command).is_none_or(|name| is_known(&name));
        trials.push(
            Trial::test(session.name.clone(), move || {
                replay(&session, &differences).map_err(|error| Failed::from(format!("{error:#}")))
            })
            .with_ignored_flag(ahead_of_us),
        );
    }
    Ok(libtest_mimic::run(&arguments, trials).exit_code())
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests").join(name)
}

fn replay(session: &Session, differences: &[Difference]) -> Result<()> {
    let first = session.exchanges.first().context("the session is empty")?;
    let disks_are_told = session.exchanges.iter().filter_map(command).any(|name| name == "guest-get-fsinfo");
    let mut guest =
        if disks_are_told { layouts::recorded_with_nvme().boot()? } else { layouts::recorded().start()? };
    let options = [&["-t", "/run"].map(str::to_owned)[..], &first.agent.args].concat().join(" ");
    guest.restart_agent(&options)?;
    for exchange in &session.exchanges {
        let declared = differences.iter().find(|difference| difference.covers(&exchange.name));
        replay_one(&mut guest, exchange, declared, &options)
            .with_context(|| format!("in {}", exchange.name))?;
    }
    Ok(())
}

fn replay_one(
    guest: &mut Guest,
    exchange: &Exchange,
    declared: Option<&Difference>,
    options: &str,
) -> Result<()> {
    if let Some(command) = &exchange.guest_sh {
        let printed = run(guest, command, options)?;
        let expected = declared.and_then(|difference| difference.prints.as_ref());
        if let Some(expected) = expected.or(exchange.guest_sh_output.as_ref()) {
            ensure!(printed == expected.trim_end(), "the guest prints {printed:?}, not {expected:?}");
        }
    }
    if exchange.reconnect {
        guest.reconnect_unsynced()?;
    }
    if exchange.send.0.is_empty() {
        return Ok(());
    }
    guest.agent.send(&exchange.send.0)?;
    let recorded = Expected::of(exchange, &Placeholders::new(""))?;
    let expected = match declared {
        Some(difference) => difference.expected(&Placeholders::new("")),
        None if command(exchange).is_some_and(|name| !is_known(&name)) => unknown(exchange)?,
        None => recorded.clone(),
    };
    let answer = answer(guest, expected.lines())?;
    expected.check(&answer)?;
    if declared.is_some() && recorded.check(&answer).is_ok() {
        bail!("the answer no longer differs from the reference's: take it off the list of differences");
    }
    Ok(())
}

/// What the exchange's shell command prints.
fn run(guest: &mut Guest, command: &str, options: &str) -> Result<String> {
    let pid = guest.sh("cat /run/agent.pid")?;
    let command =
        command.replace("@AGENT_PID@", &pid).replace("@START@", &format!("/lab/start-agent {options}"));
    Ok(guest.try_sh(&command)?.text.trim_end().to_owned())
}

/// That many lines; for none, what comes in a little while.
fn answer(guest: &mut Guest, lines: usize) -> Result<Vec<u8>> {
    if lines == 0 {
        return guest.agent.until_quiet(QUIET);
    }
    let mut answer = Vec::new();
    for _ in 0..lines {
        answer.extend(guest.agent.line(PATIENCE)?);
        answer.push(b'\n');
    }
    Ok(answer)
}

/// The command that an exchange asks for, if its request is whole and plain.
fn command(exchange: &Exchange) -> Option<String> {
    let request: Value = serde_json::from_slice(&exchange.send.0).ok()?;
    Some(request.get("execute")?.as_str()?.to_owned())
}

/// Whether the agent under test has the command: ours answers as to any unknown name until it has.
fn is_known(command: &str) -> bool {
    program::reference_is_under_test() || qga_wire::list::COMMANDS.iter().any(|known| known.name == command)
}

fn unknown(exchange: &Exchange) -> Result<Expected> {
    let name = command(exchange).context("no command")?;
    let text = format!("The command {name} has not been found");
    Ok(Expected::Patterns(vec![json!({ "error": { "class": "CommandNotFound", "desc": text } })]))
}
