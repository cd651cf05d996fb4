//! Programs that the host runs.

use anyhow::{Context, Result};
use qga_lab::{Guest, layouts};
use qga_testkit::wait_until;
use serde_json::{Value, json};

#[test]
fn a_program_gets_what_it_is_sent_and_its_output_comes_back() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    // `one\ntwo\n`
    let sent = json!({ "path": "sort", "arg": ["-r"], "input-data": "b25lCnR3bwo=", "capture-output": true });
    let expected =
        json!({ "exited": true, "exitcode": 0, "out-data": "dHdvCm9uZQo=", "out-truncated": false });
    assert_eq!(run(&mut guest, sent)?, expected);
    Ok(())
}

#[test]
fn a_program_gets_its_environment_as_the_host_gave_it() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    let given = json!({ "path": "env", "env": ["B=2", "A=1", "no name", "A=0"], "capture-output": true });
    // `B=2`, `A=1`, `no name`, `A=0`.
    let expected = json!({
        "exited": true, "exitcode": 0, "out-data": "Qj0yCkE9MQpubyBuYW1lCkE9MAo=", "out-truncated": false
    });
    assert_eq!(run(&mut guest, given)?, expected);
    Ok(())
}

#[test]
fn a_program_that_is_killed_tells_the_signal() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    let started = guest.call("guest-exec", json!({ "path": "sleep", "arg": ["1000"] }))?;
    assert_eq!(guest.call("guest-exec-status", started.clone())?, json!({ "exited": false }));
    guest.sh(&format!("kill -TERM {}", started["pid"]))?;
    assert_eq!(result(&mut guest, &started)?, json!({ "exited": true, "signal": 15 }));
    let refusal = guest.refusal("guest-exec-status", started)?;
    assert!(refusal.description.ends_with(" does not exist"), "{refusal}");
    Ok(())
}

#[test]
fn what_a_program_leaves_running_outlives_the_agent() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    let script = "setsid sleep 1000 </dev/null >/dev/null 2>&1 & echo $! >/run/left.pid";
    run(&mut guest, json!({ "path": "/bin/sh", "arg": ["-c", script] }))?;
    guest.restart_agent("")?;
    guest.sh("kill -0 $(cat /run/left.pid)")?;
    Ok(())
}

/// Has the agent run a program to its end.
pub(crate) fn run(guest: &mut Guest, program: Value) -> Result<Value> {
    let started = guest.call("guest-exec", program)?;
    result(guest, &started)
}

fn result(guest: &mut Guest, started: &Value) -> Result<Value> {
    wait_until("the end of a program", || {
        let status = guest.call("guest-exec-status", started.clone())?;
        let exited =
            status.get("exited").and_then(Value::as_bool).context("not told whether it has ended")?;
        Ok(exited.then_some(status))
    })
}
