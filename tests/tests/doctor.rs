//! `qemu-ga doctor`, which the reference does not have: it is asked about faults that are really there.

use std::os::unix::{fs::PermissionsExt, net::UnixListener};
use std::process::{Command, Output};
use std::{fs, path::Path};

use anyhow::{Context, Result, ensure};
use qga_testkit::{Scratch, Start, program};
use serde_json::Value;

/// Asks the doctor about an agent whose files are in `scratch`.
fn doctor(scratch: &Scratch, more: &[&str]) -> Result<Output> {
    let mut command = Command::new(program::ours()?);
    command.args(["doctor", "-m", "unix-listen"]).arg("-p").arg(scratch.socket());
    Ok(command.arg("-t").arg(scratch.state()).args(more).output()?)
}

/// The finding on `topic`: its verdict, its text and its remedy.
fn finding(output: &Output, topic: &str) -> Result<(String, String, String)> {
    let findings: Vec<Value> = serde_json::from_slice(&output.stdout)?;
    let found = findings.iter().find(|finding| finding["topic"] == topic);
    let found = found.with_context(|| format!("nothing on {topic} in {findings:?}"))?;
    let text = |member: &str| found[member].as_str().unwrap_or_default().to_owned();
    Ok((text("verdict"), text("text"), text("remedy")))
}

/// Sees that there is a problem, told in words that hold these two.
fn has_problem(output: &Output, topic: &str, text: &str, remedy: &str) -> Result<()> {
    let (verdict, told, advice) = finding(output, topic)?;
    ensure!(output.status.code() == Some(1), "{output:?}");
    ensure!(verdict == "problem" && told.contains(text) && advice.contains(remedy), "{told}\n{advice}");
    Ok(())
}

#[test]
fn an_agent_that_runs_is_found_and_so_is_its_lack_of_rights() -> Result<()> {
    let mut agent = Start::default().program(program::ours()?).start()?;
    agent.connect()?;

    let output = doctor(agent.scratch(), &["--json"])?;

    let (verdict, text, _) = finding(&output, "agent")?;
    ensure!(verdict == "ok" && text.contains(&agent.pid().to_string()), "{text}");
    // Tests give their agents no privileges.
    has_problem(&output, "capabilities", "run programs as root", "start it as root")
}

#[test]
fn nobody_serves() -> Result<()> {
    let output = doctor(&Scratch::new()?, &["--json"])?;
    has_problem(&output, "agent", "not running", "systemctl start")
}

#[test]
fn another_program_has_taken_the_channel() -> Result<()> {
    let scratch = Scratch::new()?;
    let _taken = UnixListener::bind(scratch.socket())?;

    let output = doctor(&scratch, &["--json"])?;

    let me = std::process::id().to_string();
    has_problem(&output, "agent", &format!("process {me}"), &format!("kill {me}"))
}

#[test]
fn a_bad_configuration_is_told_with_its_line() -> Result<()> {
    let scratch = Scratch::new()?;
    let file = scratch.write("conf", b"[general]\nverbose=maybe\n")?;

    let output = doctor(&scratch, &["--json", "-c", &file.display().to_string()])?;

    has_problem(&output, "configuration", "verbose", "--dump-conf")
}

#[test]
fn a_hook_that_cannot_be_run_is_told() -> Result<()> {
    let scratch = Scratch::new()?;
    let hook = scratch.write("hook", b"#!/bin/sh\n")?;
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o644))?;

    let output = doctor(&scratch, &["--json", &format!("-F{}", hook.display())])?;

    has_problem(&output, "hook", "not executable", "chmod 755")
}

#[test]
fn what_cannot_be_written_is_told() -> Result<()> {
    let scratch = Scratch::new()?;
    let output = doctor(&scratch, &["--json", "-l", "/no/such/directory/log"])?;
    has_problem(&output, "log", "/no/such/directory/log cannot be written", "mkdir -p /no/such/directory")
}

#[test]
fn it_is_told_to_people_unless_json_is_asked_for() -> Result<()> {
    let output = doctor(&Scratch::new()?, &[])?;
    let text = String::from_utf8(output.stdout)?;
    ensure!(text.starts_with("ok       configuration  "), "{text}");
    ensure!(
        text.contains("\n                        -> systemctl start qemu-guest-agent.service\n"),
        "{text}"
    );
    Ok(())
}

#[test]
fn a_command_line_that_makes_no_sense_is_neither_good_nor_bad() -> Result<()> {
    for arguments in [&["--bogus"][..], &["--version"], &["-b"]] {
        let output = Command::new(program::ours()?).arg("doctor").args(arguments).output()?;
        ensure!(output.status.code() == Some(2) && output.stdout.is_empty(), "{arguments:?}: {output:?}");
    }
    let output = Command::new(program::ours()?).args(["doctor", "--help"]).output()?;
    ensure!(
        output.status.code() == Some(0) && output.stdout.starts_with(b"Usage: qemu-ga doctor"),
        "{output:?}"
    );
    Ok(())
}

#[test]
fn the_doctor_leaves_no_trace() -> Result<()> {
    let scratch = Scratch::new()?;
    doctor(&scratch, &["-l", &scratch.log().display().to_string()])?;
    ensure!(!Path::new(&scratch.log()).exists());
    ensure!(fs::read_dir(scratch.state())?.count() == 0);
    Ok(())
}
