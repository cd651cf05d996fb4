//! `qga` of this host with a real guest: whatever becomes of it, the guest writes again in the end.

use crate::writers;
use anyhow::{Context, Result};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use qga_lab::{Guest, layouts};
use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Output, Stdio},
};

/// A guest that is written to all the time, and whose port is free for `qga`.
struct Busy(Guest);

impl Busy {
    fn start(agent_options: &str) -> Result<Busy> {
        let mut guest = layouts::three_filesystems().start()?;
        if !agent_options.is_empty() {
            guest.restart_agent(agent_options)?;
        }
        writers::start(&mut guest)?;
        guest.agent.hang_up()?;
        Ok(Busy(guest))
    }

    /// `qga freeze` that has come to its command, which prints a line and goes on for ever.
    fn freeze_and_stay(&self) -> Result<Child> {
        let script = "echo frozen; exec sleep 600";
        let mut command = self.0.client()?;
        command.args(["freeze", "--", "sh", "-c", script]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no output")?).read_line(&mut line)?;
        assert_eq!(line, "frozen\n");
        Ok(child)
    }

    /// The guest writes again, and its agent says so; the port is free again then.
    fn assert_thawed(&mut self) -> Result<()> {
        let before = writers::written(&mut self.0)?;
        writers::assert_they_go_on(&mut self.0, &before)?;
        let status = run(self.0.client()?.args(["status", "--json"]))?;
        assert_eq!(String::from_utf8_lossy(&status.stdout), "\"thawed\"\n", "{status:?}");
        Ok(())
    }
}

fn run(command: &mut Command) -> Result<Output> {
    command.output().context("cannot run qga")
}

fn signal(child: &Child, signal: Signal) -> Result<()> {
    Ok(kill(Pid::from_raw(child.id().try_into()?), signal)?)
}

#[test]
fn a_command_that_fails_or_takes_too_long_leaves_the_guest_thawed() -> Result<()> {
    let mut guest = Busy::start("")?;
    for (arguments, code, words) in [
        (&["freeze", "--", "true"][..], 0, "stood still for"),
        (&["freeze", "--", "false"], 1, "stood still for"),
        (&["freeze", "--", "/nonexistent"], 1, "cannot run /nonexistent"),
        (&["freeze", "--max", "2", "--", "sleep", "600"], 4, "sleep took longer than 2 s"),
    ] {
        let ended = run(guest.0.client()?.args(arguments))?;
        let errors = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(code), "{arguments:?}: {errors}");
        assert!(errors.contains(words), "{arguments:?}: {errors}");
        guest.assert_thawed()?;
    }
    Ok(())
}

#[test]
fn a_signal_while_frozen_leaves_the_guest_thawed() -> Result<()> {
    let mut guest = Busy::start("")?;
    for name in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let child = guest.freeze_and_stay()?;
        signal(&child, name)?;
        let ended = child.wait_with_output()?;
        let errors = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(130), "{name}: {errors}");
        assert!(errors.contains("interrupted; thawing the guest"), "{name}: {errors}");
        guest.assert_thawed()?;
    }
    Ok(())
}

/// The hook holds the freeze up for as long as the test wants, before the first filesystem is frozen.
#[test]
fn an_interruption_in_mid_freeze_leaves_the_guest_thawed_and_runs_nothing() -> Result<()> {
    let mut guest = Busy::start("-F/lab/hook")?;
    guest.0.sh("mkfifo /run/hook.waits")?;
    let place = tempfile::tempdir()?;
    let ran = place.path().join("ran");
    let mut command = guest.0.client()?;
    command.args(["freeze", "--", "touch"]).arg(&ran).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    guest.0.wait_for("grep -q freeze /run/hook.log 2>/dev/null && echo begun", "begun")?;
    signal(&child, Signal::SIGINT)?;
    let mut errors = BufReader::new(child.stderr.take().context("no errors")?);
    let mut said = String::new();
    while !said.contains("interrupted") {
        assert_ne!(errors.read_line(&mut said)?, 0, "{said}");
    }
    guest.0.sh("echo go >/run/hook.waits")?;
    assert_eq!(child.wait()?.code(), Some(130));
    assert!(!ran.exists());
    guest.0.sh("rm /run/hook.waits")?;
    guest.assert_thawed()
}

/// Nobody is left to thaw: then the guest does it when its time is up.
#[test]
fn a_guest_whose_host_was_killed_while_it_was_frozen_thaws_itself() -> Result<()> {
    let mut guest = Busy::start("--freeze-timeout=5")?;
    let mut child = guest.freeze_and_stay()?;
    child.kill()?;
    child.wait()?;
    guest.assert_thawed()
}

#[test]
fn files_and_programs_and_the_overview_work_through_the_port() -> Result<()> {
    let guest = layouts::plain().start()?;
    guest.agent.hang_up()?;
    let place = tempfile::tempdir()?;
    let [here, back] = ["here", "back"].map(|name| place.path().join(name));
    let content: Vec<u8> = (0..=250).cycle().take(1_500_000).collect();
    fs::write(&here, &content)?;
    let qga = |arguments: &[&str]| -> Result<String> {
        let ended = run(guest.client()?.args(arguments))?;
        let errors = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(0), "{arguments:?}: {errors}");
        Ok(String::from_utf8(ended.stdout)?)
    };
    let overview = qga(&["info"])?;
    assert!(overview.contains("  Agent ") && overview.contains("  Memory "), "{overview}");
    assert_eq!(qga(&["exec", "--", "sh", "-c", "echo hello; exit 0"])?, "hello\n");
    qga(&["cp", &here.display().to_string(), "guest:/run/file"])?;
    qga(&["cp", "guest:/run/file", &back.display().to_string()])?;
    assert!(fs::read(back)? == content);
    Ok(())
}
