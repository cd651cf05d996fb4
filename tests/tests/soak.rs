//! Programs run by the thousand leave nothing behind: no process, file, thread or memory.

use std::{env, time::Instant};

use anyhow::{Context, Result, ensure};
use qga_testkit::{Connection, Footprint, SOAK, wait_until};
use qga_tests::agent_and_client;
use serde_json::{Value, json};

/// Programs that the suite has run; `cargo xtask soak` has more of them.
const SHORT: usize = 2_000;
/// The first ones make an agent take what it keeps for the later ones.
const WARM_UP: usize = 500;
/// Programs at a time.
const BATCH: usize = 20;
/// An allocator's pages come and go. In bytes: 10 for each program of a long run.
const MEMORY: u64 = 1_000_000;

#[test]
fn many_programs_leave_nothing_behind() -> Result<()> {
    let count = env::var(SOAK).map_or(Ok(SHORT), |count| count.parse())?;
    let (agent, mut connection) = agent_and_client()?;
    run(&mut connection, WARM_UP)?;
    let before = Footprint::of(agent.pid())?;
    let start = Instant::now();

    run(&mut connection, count)?;

    let took = start.elapsed();
    let after = wait_until("all but memory to be given back", || {
        let after = Footprint::of(agent.pid())?;
        Ok((after == Footprint { memory: after.memory, ..before }).then_some(after))
    })
    .with_context(|| format!("{before:?} before"))?;
    println!("{count} programs in {took:.1?}\n{before:?} before\n{after:?} after");
    ensure!(after.memory <= before.memory + MEMORY, "{after:?}, before {before:?}");
    Ok(())
}

fn run(connection: &mut Connection, count: usize) -> Result<()> {
    for first in (0..count).step_by(BATCH) {
        let mut running = Vec::new();
        for number in first..count.min(first + BATCH) {
            match kind(number) {
                Some((request, result)) => running.push((connection.call("guest-exec", &request)?, result)),
                None => drop(connection.call_refused("guest-exec", &json!({"path": "/no/such/program"}))?),
            }
        }
        for (started, expected) in running {
            let result = wait_until("the end of a program", || ended(connection, &started))?;
            ensure!(result == expected, "{result}, not {expected}");
        }
    }
    Ok(())
}

/// A program of the host's and its result: each way to end, to read and to write. `None` for one that is not there.
fn kind(number: usize) -> Option<(Value, Value)> {
    let shell = |script: &str, captured: Value| json!({"path": "/bin/sh", "arg": ["-c", script], "capture-output": captured});
    let text = "aGVsbG8K";
    match number % 5 {
        0 => Some((json!({"path": "/bin/true"}), json!({"exited": true, "exitcode": 0}))),
        1 => Some((
            json!({"path": "/bin/cat", "input-data": text, "capture-output": true}),
            json!({"exited": true, "exitcode": 0, "out-data": text, "out-truncated": false}),
        )),
        2 => Some((
            shell("echo hello >&2; exit 3", json!("merged")),
            json!({"exited": true, "exitcode": 3, "out-data": text, "out-truncated": false}),
        )),
        3 => Some((shell("kill -9 $$", json!("separated")), json!({"exited": true, "signal": 9}))),
        _ => None,
    }
}

fn ended(connection: &mut Connection, started: &Value) -> Result<Option<Value>> {
    let status = connection.call("guest-exec-status", started)?;
    let exited = status.get("exited").and_then(Value::as_bool).context("not told whether it has ended")?;
    Ok(exited.then_some(status))
}
