//! Whatever hangs, others are answered.

use anyhow::{Result, bail, ensure};
use qga_testkit::{Agent, Connection, Scratch, SilentFiles, Start, wait_until};
use qga_tests::{DONE, Hang, agent_and_client, improvement, request, sync, synced};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How long a client may wait for what asks the system nothing.
const AT_ONCE: Duration = Duration::from_millis(10);
/// How often to look whether that holds, on a machine that may be busy with something else.
const ROUNDS: u32 = 10;

/// In this order, as what is told last is dropped first: an agent that hangs in a file cannot be killed.
fn agent_with_silent_files() -> Result<(Agent, SilentFiles)> {
    let scratch = Scratch::new()?;
    let directory = scratch.files().join("silent");
    std::fs::create_dir(&directory)?;
    let files = SilentFiles::mount(&directory)?;
    Ok((Start::default().start_in(scratch)?, files))
}

fn send(client: &mut Connection, command: &str, arguments: &Value) -> Result<()> {
    client.send(json!({"execute": command, "arguments": arguments}).to_string().as_bytes())
}

/// A client is answered at once, or where the machine is busy itself, about as fast as by an agent that has
/// nothing else to do.
fn ensure_answered_at_once(client: &mut Connection, request: &str, answer: &str) -> Result<()> {
    let (_agent, mut idle) = agent_and_client()?;
    let mut waits = Vec::new();
    for _ in 0..ROUNDS {
        let wait = usual_wait(client, request, answer)?;
        if wait < AT_ONCE.max(3 * usual_wait(&mut idle, request, answer)?) {
            return Ok(());
        }
        waits.push(wait);
    }
    bail!("{request} is answered after {waits:?}")
}

/// Half of the answers come at least as fast.
fn usual_wait(client: &mut Connection, request: &str, answer: &str) -> Result<Duration> {
    let mut waits = Vec::new();
    for _ in 0..101 {
        let start = Instant::now();
        ensure!(client.ask(request)? == answer);
        waits.push(start.elapsed());
    }
    waits.sort();
    Ok(waits.get(waits.len() / 2).copied().unwrap_or_default())
}

#[test]
fn fifty_commands_that_hang_on_other_connections_slow_nobody_down() -> Result<()> {
    improvement(|| {
        let mut hang = Hang::start()?;
        let mut hanging = (0..50).map(|_| hang.agent.connect()).collect::<Result<Vec<_>>>()?;
        for client in &mut hanging {
            client.send(Hang::REQUEST.as_bytes())?;
        }
        hang.reached()?;
        let tasks = format!("/proc/{}/task", hang.agent.pid());
        // Each has a second thread, which reads on, when its command has been found to hang.
        wait_until("fifty hanging commands", || {
            Ok((std::fs::read_dir(&tasks)?.count() > 2 * hanging.len()).then_some(()))
        })?;
        let mut client = hang.agent.connect()?;

        ensure_answered_at_once(&mut client, &request("guest-ping"), DONE)?;
        ensure_answered_at_once(&mut client, &sync(7), &synced(7))?;

        hang.release()
    })
}

#[test]
fn a_file_that_never_opens_holds_up_no_other_client_and_no_sync() -> Result<()> {
    improvement(|| {
        let (mut agent, files) = agent_with_silent_files()?;
        let (mut first, mut second) = (agent.connect()?, agent.connect()?);
        send(&mut first, "guest-file-open", &json!({"path": files.never_opens()}))?;
        files.reached(1)?;

        ensure_answered_at_once(&mut second, &request("guest-ping"), DONE)?;
        let answer = first.ask(&sync(1))?;

        ensure!(answer == synced(1), "{answer}");
        files.release();
        Ok(())
    })
}

#[test]
fn a_read_that_hangs_makes_its_handle_busy_and_nothing_else() -> Result<()> {
    improvement(|| {
        let (mut agent, files) = agent_with_silent_files()?;
        let (mut first, mut second) = (agent.connect()?, agent.connect()?);
        let handle = first.call("guest-file-open", &json!({"path": files.never_reads()}))?;
        send(&mut first, "guest-file-read", &json!({"handle": handle}))?;
        files.reached(1)?;

        for command in ["guest-file-read", "guest-file-flush", "guest-file-close"] {
            let refusal = second.call_refused(command, &json!({"handle": handle}))?;
            ensure!(refusal.contains("busy"), "{refusal}");
        }
        let other = second.call("guest-file-open", &json!({"path": "/dev/zero"}))?;
        second.call("guest-file-read", &json!({"handle": other, "count": 1}))?;

        files.release();
        let answer = first.line()?;
        ensure!(answer.contains("Input/output error"), "{answer}");
        second.call("guest-file-close", &json!({"handle": handle}))?;
        Ok(())
    })
}

#[test]
fn opening_a_pipe_that_nobody_else_has_open_hangs_nobody() -> Result<()> {
    let (agent, mut client) = agent_and_client()?;
    let pipe = agent.scratch().make_pipe("pipe")?;

    let handle = client.call("guest-file-open", &json!({"path": pipe}))?;
    client.call("guest-file-close", &json!({"handle": handle}))?;
    let refusal = client.call_refused("guest-file-open", &json!({"path": pipe, "mode": "w"}))?;

    ensure!(refusal.contains("No such device or address"), "{refusal}");
    Ok(())
}

#[test]
fn a_program_that_is_stopped_runs_until_it_is_killed() -> Result<()> {
    let (agent, mut client) = agent_and_client()?;
    let mark = agent.scratch().files().join("stopped");
    let script = format!("touch {}; kill -STOP $$", mark.display());
    let started = client.call("guest-exec", &json!({"path": "/bin/sh", "arg": ["-c", script]}))?;
    wait_until("the program", || Ok(mark.exists().then_some(())))?;

    let status = client.call("guest-exec-status", &started)?;
    ensure!(status == json!({"exited": false}), "{status}");

    let pid = started.get("pid").cloned().unwrap_or_default();
    client.call("guest-exec", &json!({"path": "/bin/sh", "arg": ["-c", format!("kill -KILL {pid}")]}))?;
    let ended = wait_until("its end", || {
        let status = client.call("guest-exec-status", &started)?;
        Ok((status != json!({"exited": false})).then_some(status))
    })?;
    ensure!(ended == json!({"exited": true, "signal": 9}), "{ended}");
    Ok(())
}
