//! Commands that do not come to their end.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use qga_testkit::{Connection, wait_until};
use qga_tests::{DONE, Hang, improvement, request, sync, synced};
use serde_json::json;

/// How long a command may run before a sync no longer waits for it.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long to see that nothing comes.
const SILENCE: Duration = Duration::from_millis(300);

/// A client whose command hangs by now, and what keeps it from its end.
fn client_of_a_hang() -> Result<(Hang, Connection)> {
    let mut hang = Hang::start()?;
    let mut connection = hang.agent.connect()?;
    connection.send(Hang::REQUEST.as_bytes())?;
    hang.reached()?;
    Ok((hang, connection))
}

#[test]
fn a_sync_waits_for_a_command_that_ends_soon() -> Result<()> {
    // On a busy machine it may not end soon.
    wait_until("a command that ends soon", || {
        let mut hang = Hang::start()?;
        let mut connection = hang.agent.connect()?;

        let start = Instant::now();
        connection.send(Hang::REQUEST.as_bytes())?;
        connection.send(sync(1).as_bytes())?;
        hang.reached()?;
        hang.release()?;
        let first = connection.line()?;
        if start.elapsed() >= PATIENCE {
            return Ok(None);
        }

        ensure!(first.contains(Hang::ANSWER), "{first}");
        ensure!(connection.line()? == synced(1));
        Ok(Some(()))
    })
}

#[test]
fn a_late_answer_comes_when_nobody_synced_meanwhile() -> Result<()> {
    let (mut hang, mut connection) = client_of_a_hang()?;

    connection.nothing_for(PATIENCE * 2)?;
    hang.release()?;

    ensure!(connection.line()?.contains(Hang::ANSWER));
    Ok(())
}

#[test]
fn other_requests_wait_for_a_command_that_hangs() -> Result<()> {
    let mut hang = Hang::start()?;
    let mut connection = hang.agent.connect()?;

    connection.send(Hang::REQUEST.as_bytes())?;
    connection.send(request("guest-info").as_bytes())?;
    hang.reached()?;
    connection.nothing_for(PATIENCE * 2)?;
    hang.release()?;

    ensure!(connection.line()?.contains(Hang::ANSWER));
    ensure!(connection.line()?.contains("supported_commands"));
    Ok(())
}

#[test]
fn a_sync_leaves_a_command_behind_that_hangs() -> Result<()> {
    improvement(|| {
        let (_hang, mut connection) = client_of_a_hang()?;

        let start = Instant::now();
        let answer = connection.ask(&sync(1))?;
        let waited = start.elapsed();

        ensure!(answer == synced(1), "{answer}");
        ensure!(waited < PATIENCE * 20, "waited {waited:?}");
        Ok(())
    })
}

#[test]
fn the_late_answer_of_a_command_left_behind_is_dropped() -> Result<()> {
    improvement(|| {
        let (mut hang, mut connection) = client_of_a_hang()?;
        ensure!(connection.ask(&sync(1))? == synced(1));

        hang.release()?;

        connection.nothing_for(SILENCE)?;
        ensure!(connection.ask(&request("guest-ping"))? == DONE);
        Ok(())
    })
}

#[test]
fn commands_after_the_sync_run_while_the_one_before_still_hangs() -> Result<()> {
    improvement(|| {
        let (_hang, mut connection) = client_of_a_hang()?;

        ensure!(connection.ask(&sync(1))? == synced(1));
        let answer = connection.ask(&request("guest-get-time"))?;

        ensure!(answer.starts_with("{\"return\": 1"), "{answer}");
        Ok(())
    })
}

#[test]
fn a_client_that_reconnects_to_get_away_from_a_hang_is_served() -> Result<()> {
    improvement(|| {
        let mut hang = Hang::start()?;
        let mut first = hang.agent.connect()?;
        first.send(Hang::REQUEST.as_bytes())?;
        hang.reached()?;
        drop(first);

        let answer = hang.agent.connect()?.ask(&request("guest-ping"))?;

        ensure!(answer == DONE, "{answer}");
        Ok(())
    })
}

#[test]
fn when_too_many_commands_hang_only_the_harmless_ones_are_still_run() -> Result<()> {
    improvement(|| {
        let mut hang = Hang::start()?;
        let mut clients = (0..40).map(|_| hang.agent.connect()).collect::<Result<Vec<_>>>()?;
        for client in &mut clients {
            client.send(Hang::REQUEST.as_bytes())?;
            client.send(sync(1).as_bytes())?;
        }
        // Those beyond the limit are refused before they are synced.
        for client in &mut clients {
            while client.line()? != synced(1) {}
        }
        let mut client = hang.agent.connect()?;

        let refusal = client.call_refused("guest-get-time", &json!({}))?;
        ensure!(refusal.contains("hang"), "{refusal}");
        for harmless in ["guest-ping", "guest-info", "guest-fsfreeze-status"] {
            ensure!(client.ask(&request(harmless))?.starts_with("{\"return\": "), "{harmless}");
        }

        hang.reached()?;
        hang.release()?;
        wait_until("the end of the commands", || {
            Ok(client.ask(&request("guest-get-time"))?.starts_with("{\"return\": ").then_some(()))
        })
    })
}

/// Clients at a time and commands left behind are bounded, so threads are: 64 clients, each with a second thread that reads
/// on while its command hangs, and 32 commands, with room to spare. Without a bound there were 300 at least.
#[test]
fn clients_that_leave_hangs_behind_cost_a_bounded_number_of_threads() -> Result<()> {
    improvement(|| {
        let mut hang = Hang::start()?;
        for _ in 0..300 {
            let mut client = hang.agent.connect()?;
            client.send(Hang::REQUEST.as_bytes())?;
        }
        let answer = hang.agent.connect()?.ask(&request("guest-ping"))?;
        ensure!(answer == DONE, "{answer}");

        let threads = std::fs::read_dir(format!("/proc/{}/task", hang.agent.pid()))?.count();

        ensure!(threads < 200, "{threads} threads");
        Ok(())
    })
}

#[test]
fn clients_that_leave_a_hang_behind_keep_nobody_out() -> Result<()> {
    improvement(|| {
        let mut hang = Hang::start()?;
        for _ in 0..100 {
            hang.agent.connect()?.send(Hang::REQUEST.as_bytes())?;
        }

        let answer = hang.agent.connect()?.ask(&request("guest-ping"))?;

        ensure!(answer == DONE, "{answer}");
        Ok(())
    })
}
