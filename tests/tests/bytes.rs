//! What no well-behaved client sends, and what one may send all the same.

use anyhow::{Result, ensure};
use qga_testkit::Agent;
use qga_tests::{DONE, agent_and_client, request, sync, synced};
use serde_json::json;

/// Nothing of this is a request.
const GARBAGE: &[&[u8]] = &[
    b"\xff\xff\xff\xfe",
    b"\0\0\0",
    b"GET / HTTP/1.1\r\nHost: guest\r\n\r\n",
    b"}]}]}]",
    b"{[}{[}",
    b"\"\xc3\x28\"",
    b"{\"execute\": \"guest-ping\", \"execute\": \"guest-ping\"}",
    b"{\"execute\": \"guest-pi",
    b"[[[[[[[[",
    b"'\\u12",
    b"-",
    b"1e",
];

/// Sees that an agent answers a client that starts afresh, whatever others left behind.
fn answers(agent: &mut Agent) -> Result<()> {
    let mut connection = agent.connect()?;
    connection.send(b"\xff{\"execute\": \"guest-sync-delimited\", \"arguments\": {\"id\": 1}}")?;
    while connection.line()? != "\u{fffd}{\"return\": 1}" {}
    ensure!(connection.ask(&request("guest-ping"))? == DONE);
    Ok(())
}

/// Leaves without reading the answers.
fn send_and_leave(agent: &mut Agent, bytes: &[u8]) -> Result<()> {
    let mut connection = agent.connect()?;
    connection.send(bytes)?;
    connection.finish_sending()?;
    connection.rest()?;
    Ok(())
}

#[test]
fn a_ping_typed_by_hand_is_answered() -> Result<()> {
    let (_agent, mut connection) = agent_and_client()?;

    let answer = connection.ask("{'execute':'guest-ping'}\n")?;

    ensure!(answer == DONE, "{answer}");
    Ok(())
}

#[test]
fn a_request_needs_no_line_feed() -> Result<()> {
    let (_agent, mut connection) = agent_and_client()?;

    let answer = connection.ask("{\"execute\":\"guest-ping\"}")?;

    ensure!(answer == DONE, "{answer}");
    Ok(())
}

#[test]
fn garbage_never_ends_the_agent() -> Result<()> {
    let mut agent = Agent::start()?;

    for garbage in GARBAGE {
        send_and_leave(&mut agent, garbage)?;
        answers(&mut agent)?;
    }

    Ok(())
}

#[test]
fn a_mebibyte_of_noise_never_ends_the_agent() -> Result<()> {
    let mut agent = Agent::start()?;
    let mut state = 1_u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    })
    .take(1 << 20)
    .collect();

    for piece in noise.chunks(1 << 14) {
        send_and_leave(&mut agent, piece)?;
    }

    answers(&mut agent)
}

#[test]
fn a_request_in_a_thousand_pieces_is_one_request() -> Result<()> {
    let (_agent, mut connection) = agent_and_client()?;
    let request = sync(7).replacen(' ', &" ".repeat(1000), 1);

    for piece in request.as_bytes().chunks(1) {
        connection.send(piece)?;
    }

    let answer = connection.line()?;
    ensure!(answer == synced(7), "{answer}");
    Ok(())
}

#[test]
fn a_thousand_requests_in_one_write_are_answered_in_order() -> Result<()> {
    let (_agent, mut connection) = agent_and_client()?;
    let requests: String = (0..1000).map(sync).collect();

    connection.send(requests.as_bytes())?;

    for id in 0..1000 {
        let answer = connection.line()?;
        ensure!(answer == synced(id), "{answer} in place of {id}");
    }
    Ok(())
}

#[test]
fn forty_mebibytes_are_written_with_one_request() -> Result<()> {
    let (agent, mut connection) = agent_and_client()?;
    let path = agent.scratch().files().join("big");
    let handle = connection.call("guest-file-open", &json!({"path": path, "mode": "w"}))?;
    // Four letters of base64 are three bytes.
    let data = "AAAA".repeat((40 << 20) / 3);

    let written = connection.call("guest-file-write", &json!({"handle": handle, "buf-b64": data}))?;

    connection.call("guest-file-close", &json!({"handle": handle}))?;
    ensure!(written == json!({"count": 41_943_039, "eof": false}), "{written}");
    ensure!(path.metadata()?.len() == 41_943_039);
    Ok(())
}

#[test]
fn a_client_that_leaves_in_the_middle_of_an_answer_does_no_harm() -> Result<()> {
    let (mut agent, mut connection) = agent_and_client()?;
    let handle = connection.call("guest-file-open", &json!({"path": "/dev/zero"}))?;

    let arguments = json!({"handle": handle, "count": 30_000_000});
    connection.send(json!({"execute": "guest-file-read", "arguments": arguments}).to_string().as_bytes())?;
    drop(connection);

    answers(&mut agent)
}
