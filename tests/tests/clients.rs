//! Several clients of one agent.

use anyhow::{Result, ensure};
use qga_testkit::{Agent, wait_until};
use qga_tests::{DONE, Hang, agent_and_client, improvement, request, sync, synced};
use serde_json::json;

#[test]
fn a_handle_outlives_the_connection_that_opened_it() -> Result<()> {
    let (mut agent, mut first) = agent_and_client()?;
    let path = agent.scratch().write("f", b"abcdef")?;
    let handle = first.call("guest-file-open", &json!({"path": path}))?;
    first.call("guest-file-read", &json!({"handle": handle, "count": 3}))?;
    drop(first);

    let read = agent.connect()?.call("guest-file-read", &json!({"handle": handle, "count": 3}))?;

    ensure!(read == json!({"count": 3, "buf-b64": "ZGVm", "eof": false}), "{read}");
    Ok(())
}

#[test]
fn clients_are_served_at_once_and_each_in_order() -> Result<()> {
    improvement(|| {
        let mut agent = Agent::start()?;
        let mut clients = (0..8).map(|_| agent.connect()).collect::<Result<Vec<_>>>()?;

        for id in 0..100 {
            for (client, number) in clients.iter_mut().zip(0..) {
                client.send(sync(number * 1000 + id).as_bytes())?;
            }
        }

        for (client, number) in clients.iter_mut().zip(0..) {
            for id in 0..100 {
                let answer = client.line()?;
                ensure!(answer == synced(number * 1000 + id), "{answer} for client {number}");
            }
        }
        Ok(())
    })
}

#[test]
fn a_handle_is_shared_by_clients_of_the_same_time() -> Result<()> {
    improvement(|| {
        let (mut agent, mut first) = agent_and_client()?;
        let mut second = agent.connect()?;
        let path = agent.scratch().write("f", b"abcdef")?;

        let handle = first.call("guest-file-open", &json!({"path": path}))?;
        second.call("guest-file-seek", &json!({"handle": handle, "offset": 4, "whence": "set"}))?;
        let read = first.call("guest-file-read", &json!({"handle": handle}))?;

        ensure!(read == json!({"count": 2, "buf-b64": "ZWY=", "eof": true}), "{read}");
        Ok(())
    })
}

#[test]
fn half_a_request_of_one_client_is_not_continued_by_another() -> Result<()> {
    improvement(|| {
        let (mut agent, mut first) = agent_and_client()?;
        first.send(b"{\"execute\": \"guest-")?;
        let mut second = agent.connect()?;

        let answer = second.ask(&request("guest-ping"))?;

        ensure!(answer == DONE, "{answer}");
        ensure!(first.ask("ping\"}")? == DONE);
        Ok(())
    })
}

#[test]
fn line_numbers_of_parse_errors_count_from_the_start_of_the_connection() -> Result<()> {
    improvement(|| {
        let (mut agent, mut first) = agent_and_client()?;
        first.ask(&format!("\n\n\n{}", request("guest-ping")))?;
        drop(first);

        let answer = agent.connect()?.ask("@\n")?;

        ensure!(answer.contains("\"1:1: JSON parse error"), "{answer}");
        Ok(())
    })
}

#[test]
fn a_command_that_hangs_holds_up_no_other_client() -> Result<()> {
    improvement(|| {
        let mut hang = Hang::start()?;
        let mut first = hang.agent.connect()?;
        let mut second = hang.agent.connect()?;
        first.send(Hang::REQUEST.as_bytes())?;
        hang.reached()?;

        let answer = second.ask(&request("guest-ping"))?;

        ensure!(answer == DONE, "{answer}");
        hang.release()?;
        ensure!(first.line()?.contains(Hang::ANSWER));
        Ok(())
    })
}

#[test]
fn a_client_that_does_not_read_holds_up_no_other() -> Result<()> {
    improvement(|| {
        let (mut agent, mut lazy) = agent_and_client()?;
        let handle = lazy.call("guest-file-open", &json!({"path": "/dev/zero"}))?;
        let read = json!({"execute": "guest-file-read", "arguments": {"handle": handle, "count": 9_000_000}});
        lazy.send(read.to_string().as_bytes())?;

        let answer = agent.connect()?.ask(&request("guest-ping"))?;

        ensure!(answer == DONE, "{answer}");
        ensure!(lazy.line()?.len() > 12_000_000);
        Ok(())
    })
}

#[test]
fn a_client_that_does_not_read_costs_no_processor_time() -> Result<()> {
    improvement(|| {
        let (agent, mut lazy) = agent_and_client()?;
        let handle = lazy.call("guest-file-open", &json!({"path": "/dev/zero"}))?;
        let read = json!({"execute": "guest-file-read", "arguments": {"handle": handle, "count": 9_000_000}});
        lazy.send(read.to_string().as_bytes())?;

        let mut times = 0;
        wait_until("an agent that waits whenever one looks", || {
            times = if agent.is_waiting()? { times + 1 } else { 0 };
            Ok((times == 50).then_some(()))
        })
    })
}
