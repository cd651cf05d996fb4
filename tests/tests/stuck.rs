//! Commands that do not come to their end.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use qga_tests::{DONE, Hang, improvement, request, sync, synced};

/// How long a command may run before a sync no longer waits for it.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long to see that nothing comes.
const SILENCE: Duration = Duration::from_millis(300);

#[test]
fn a_sync_waits_for_a_command_that_ends_soon() -> Result<()> {
    let mut hang = Hang::start()?;
    let mut connection = hang.agent.connect()?;

    connection.send(Hang::REQUEST.as_bytes())?;
    connection.send(sync(1).as_bytes())?;
    hang.reached()?;
    hang.release()?;

    ensure!(connection.line()?.contains(Hang::ANSWER));
    ensure!(connection.line()? == synced(1));
    Ok(())
}

#[test]
fn a_late_answer_comes_when_nobody_synced_meanwhile() -> Result<()> {
    let mut hang = Hang::start()?;
    let mut connection = hang.agent.connect()?;

    connection.send(Hang::REQUEST.as_bytes())?;
    hang.reached()?;
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
        let mut hang = Hang::start()?;
        let mut connection = hang.agent.connect()?;
        connection.send(Hang::REQUEST.as_bytes())?;
        hang.reached()?;

        let start = Instant::now();
        let answer = connection.ask(&sync(1))?;
        let waited = start.elapsed();

        ensure!(answer == synced(1), "{answer}");
        ensure!(waited < PATIENCE * 3, "waited {waited:?}");
        Ok(())
    })
}

#[test]
fn the_late_answer_of_a_command_left_behind_is_dropped() -> Result<()> {
    improvement(|| {
        let mut hang = Hang::start()?;
        let mut connection = hang.agent.connect()?;
        connection.send(Hang::REQUEST.as_bytes())?;
        hang.reached()?;
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
        let mut hang = Hang::start()?;
        let mut connection = hang.agent.connect()?;
        connection.send(Hang::REQUEST.as_bytes())?;
        hang.reached()?;

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
