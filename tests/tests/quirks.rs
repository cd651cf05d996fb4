//! Where the reference loses data, lies or crashes, and ours does not.

use std::{fs::OpenOptions, io::Write, os::unix::fs::OpenOptionsExt};

use anyhow::{Result, ensure};
use nix::fcntl::OFlag;
use qga_testkit::{Agent, Connection, Scratch, Start};
use qga_tests::{DONE, agent_and_client, improvement, request};
use serde_json::{Value, json};

#[test]
fn a_handle_that_cannot_be_closed_well_is_gone_all_the_same() -> Result<()> {
    improvement(|| {
        let (_agent, mut connection) = agent_and_client()?;
        let handle = connection.call("guest-file-open", &json!({"path": "/dev/full", "mode": "w"}))?;
        let write =
            json!({"execute": "guest-file-write", "arguments": {"handle": handle, "buf-b64": "eA=="}});
        connection.ask(&write.to_string())?;
        let close = json!({"execute": "guest-file-close", "arguments": {"handle": handle}});
        connection.ask(&close.to_string())?;

        let reason = connection.call_refused("guest-file-read", &json!({"handle": handle}))?;

        ensure!(reason == "handle '1000' has not been found", "{reason}");
        ensure!(connection.ask(&request("guest-ping"))? == DONE);
        Ok(())
    })
}

#[test]
fn a_pipe_gives_what_it_holds_although_more_was_asked_for() -> Result<()> {
    improvement(|| {
        let (agent, mut connection) = agent_and_client()?;
        let pipe = agent.scratch().make_pipe("pipe")?;
        let handle = connection.call("guest-file-open", &json!({"path": pipe}))?;
        let mut writer = OpenOptions::new().write(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(&pipe)?;
        writer.write_all(b"abc")?;

        let read = connection.call("guest-file-read", &json!({"handle": handle}))?;

        ensure!(read == json!({"count": 3, "buf-b64": "YWJj", "eof": false}), "{read}");
        Ok(())
    })
}

#[test]
fn a_pipe_that_holds_nothing_says_so() -> Result<()> {
    let (agent, mut connection) = agent_and_client()?;
    let pipe = agent.scratch().make_pipe("pipe")?;
    let handle = connection.call("guest-file-open", &json!({"path": pipe}))?;
    let _writer = OpenOptions::new().write(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(&pipe)?;

    let reason = connection.call_refused("guest-file-read", &json!({"handle": handle}))?;

    ensure!(reason == "failed to read file: Resource temporarily unavailable", "{reason}");
    Ok(())
}

/// An agent that finds these in place of the programs that suspend a machine.
fn with_suspenders(systemctl: &str, pm_utils: &str) -> Result<(Agent, Connection)> {
    let scratch = Scratch::new()?;
    scratch.write_program("systemctl", &format!("#!/bin/sh\n{systemctl}\n"))?;
    for name in ["pm-is-supported", "pm-suspend-hybrid"] {
        scratch.write_program(name, &format!("#!/bin/sh\n{pm_utils}\n"))?;
    }
    let start = Start::default().unblocked().variable("PATH", "@SCRATCH@/f:/usr/bin:/bin");
    let mut agent = start.start_in(scratch)?;
    let connection = agent.connect()?;
    Ok((agent, connection))
}

#[test]
fn a_suspend_that_nothing_supports_is_refused() -> Result<()> {
    let (_agent, mut connection) = with_suspenders("exit 4", "exit 1")?;

    let reason = connection.call_refused("guest-suspend-hybrid", &json!({}))?;

    ensure!(reason == "the requested suspend mode is not supported by the guest", "{reason}");
    Ok(())
}

#[test]
fn a_suspend_that_fails_tells_what_the_program_said() -> Result<()> {
    improvement(|| {
        // pm-is-supported gets an option, pm-suspend-hybrid none.
        let (_agent, mut connection) =
            with_suspenders("exit 4", "[ $# = 1 ] && exit 0; echo no swap; exit 1")?;

        let reason = connection.call_refused("guest-suspend-hybrid", &json!({}))?;

        ensure!(reason.contains("no swap"), "{reason}");
        Ok(())
    })
}

#[test]
fn a_hook_of_dev_null_is_no_hook() -> Result<()> {
    improvement(|| {
        let mut agent = Start::default().unblocked().argument("-F/dev/null").start()?;

        // Without privileges the agent can freeze nothing, and says so only after it has asked the hook.
        let answer = agent.connect()?.ask(&request("guest-fsfreeze-freeze"))?;

        ensure!(!answer.contains("hook"), "{answer}");
        Ok(())
    })
}

#[test]
fn one_stream_can_be_captured_and_standard_input_stays_as_it_is() -> Result<()> {
    improvement(|| {
        let (_agent, mut connection) = agent_and_client()?;
        for _ in 0..5 {
            run(&mut connection, &json!({"path": "/bin/echo", "arg": ["x"], "capture-output": "stdout"}))?;

            let ended = run(&mut connection, &json!({"path": "/bin/cat", "capture-output": true}))?;

            ensure!(ended == json!({"exited": true, "exitcode": 0}), "{ended}");
        }
        Ok(())
    })
}

/// Runs a program in the guest to its end.
fn run(connection: &mut Connection, arguments: &Value) -> Result<Value> {
    let started = connection.call("guest-exec", arguments)?;
    qga_testkit::wait_until("the end of the program", || {
        let status = connection.call("guest-exec-status", &started)?;
        Ok((status.get("exited") == Some(&Value::Bool(true))).then_some(status))
    })
}

#[test]
fn of_several_members_that_are_wrong_the_one_sent_first_is_told() -> Result<()> {
    improvement(|| {
        let (_agent, mut connection) = agent_and_client()?;

        for (request, wrong) in [
            (r#"{"arguments": 1, "execute": 1}"#, "QMP input member 'arguments' must be an object"),
            (r#"{"execute": 1, "control": 1}"#, "QMP input member 'execute' must be a string"),
            (r#"{"more": 1, "execute": 1}"#, "QMP input member 'more' is unexpected"),
            (
                r#"{"execute": "guest-get-users", "arguments": {"handle": 1, "r": 1}}"#,
                "Parameter 'handle' is unexpected",
            ),
        ] {
            let answer = connection.ask(request)?;
            ensure!(answer.contains(wrong), "{request}: {answer}");
        }
        Ok(())
    })
}
