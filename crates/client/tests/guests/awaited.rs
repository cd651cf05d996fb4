//! The calls that are awaited.

use crate::guest::{
    BROKEN, GARBAGE, Guest, LONG, NO_REPLIES, NOT_TIRED, Nap, SHORT, number, options, send, send_number, sync,
};
use qga_client::tokio::Client;
use qga_client::{Error, FileError, Violation};
use qga_wire::family::sync::{Ping, Sync};
use qga_wire::family::system::Info;
use qga_wire::family::time::GetTime;
use qga_wire::json::Value;
use std::sync::mpsc;
use std::time::{Duration, Instant};

async fn connect(guest: &Guest, timeout: Duration) -> Result<Client, Error> {
    Client::connect(guest.address(), options(timeout)).await
}

/// A guest that gives back each number, when it is told to.
fn echo(gate: mpsc::Receiver<()>) -> Guest {
    Guest::syncing(move |line, stream| {
        gate.recv().unwrap();
        send_number(stream, number(line));
    })
}

#[tokio::test]
async fn a_call_returns_what_its_command_returns_or_the_agents_error() {
    let guest =
        Guest::answering(b"{\"return\": {\"version\": \"9.9\", \"supported_commands\": [], \"new\": 1}}\n");
    let client = connect(&guest, LONG).await.unwrap();
    assert_eq!(client.call(&Info {}).await.unwrap().version, "9.9");
    assert!(
        matches!(client.call_raw("x", None).await.unwrap(), Value::Object(members) if members.len() == 3)
    );
    let guest = Guest::answering(b"{\"error\": {\"class\": \"X\", \"desc\": \"no\"}}\n");
    let error = connect(&guest, LONG).await.unwrap().call(&Ping {}).await.unwrap_err();
    assert!(matches!(error, Error::Agent { desc, .. } if desc == "no"));
}

#[tokio::test]
async fn calls_of_many_tasks_are_under_way_at_a_time_and_each_gets_its_own_answer() {
    let (open, gate) = mpsc::channel();
    let guest = echo(gate);
    let client = connect(&guest, LONG).await.unwrap();
    let tasks: Vec<_> = (0..50)
        .map(|id| {
            let client = client.clone();
            tokio::spawn(async move { client.call(&Sync { id }).await.unwrap() })
        })
        .collect();
    let pending: Vec<_> = (50..100).map(|id| client.ask(&Sync { id }).unwrap()).collect();
    // None is answered before all were asked.
    (0..100).for_each(|_| open.send(()).unwrap());
    for (id, task) in (0..).zip(tasks) {
        assert_eq!(task.await.unwrap(), id);
    }
    for (id, pending) in (50..).zip(pending) {
        assert_eq!(pending.answer().await.unwrap(), id);
    }
}

#[tokio::test]
async fn the_answer_to_a_call_that_was_dropped_is_nobody_elses() {
    let (open, gate) = mpsc::channel();
    let guest = echo(gate);
    let client = connect(&guest, LONG).await.unwrap();
    let [first, second, third] = [1, 2, 3].map(|id| client.ask(&Sync { id }).unwrap());
    open.send(()).unwrap();
    assert_eq!(first.answer().await.unwrap(), 1);
    drop(second);
    (0..2).for_each(|_| open.send(()).unwrap());
    assert_eq!(third.answer().await.unwrap(), 3);
    // Nobody is left to wait for the next one: its answer comes in the middle of a handshake.
    let last = tokio::time::timeout(SHORT, client.call(&Sync { id: 4 })).await;
    assert!(last.is_err());
    (0..2).for_each(|_| open.send(()).unwrap());
    assert_eq!(client.call(&Sync { id: 5 }).await.unwrap(), 5);
}

#[tokio::test]
async fn a_call_that_was_dropped_in_the_middle_of_its_request_is_followed_by_another() {
    let (open, gate) = mpsc::channel::<()>();
    let mut waits = true;
    let guest = Guest::new(move |line, stream| {
        if !sync(line, stream) {
            if std::mem::take(&mut waits) {
                gate.recv().unwrap_err();
                return;
            }
            send(stream, b"{\"return\": 7}\n");
        }
    });
    let client = connect(&guest, LONG).await.unwrap();
    let stuck = client.ask(&Sync { id: 1 }).unwrap();
    let text = Value::Object(vec![("text".into(), Value::String("x".repeat(16 << 20)))]);
    assert!(tokio::time::timeout(SHORT, client.call_raw("x", Some(&text))).await.is_err());
    drop((stuck, open));
    assert_eq!(client.call(&Sync { id: 7 }).await.unwrap(), 7);
}

#[tokio::test]
async fn after_a_call_that_timed_out_the_late_answer_is_not_taken_for_the_next_one() {
    let client = connect(&Guest::late(), LONG).await.unwrap();
    let error = client.with_timeout(SHORT).call(&Ping {}).await.unwrap_err();
    assert!(matches!(error, Error::TimedOut { within: SHORT, .. }), "{error:?}");
    assert_eq!(client.call_raw("x", None).await.unwrap(), Value::String("mine".into()));
}

#[tokio::test]
async fn a_handshake_that_got_lost_is_sent_again_by_the_next_call() {
    let mut asked = 0;
    let guest = Guest::new(move |line, stream| {
        asked += 1;
        // The call and the handshake after it find nobody.
        if asked != 2 && asked != 3 && !sync(line, stream) {
            send(stream, b"{\"return\": {}}\n");
        }
    });
    let client = connect(&guest, LONG).await.unwrap();
    for _ in 0..2 {
        let error = client.with_timeout(SHORT).call(&Ping {}).await.unwrap_err();
        assert!(matches!(error, Error::TimedOut { .. }), "{error:?}");
    }
    client.call(&Ping {}).await.unwrap();
}

#[tokio::test]
async fn an_answer_that_breaks_the_protocol_is_an_error_and_the_next_call_works() {
    for bytes in BROKEN {
        let client = connect(&Guest::answering_once(bytes), LONG).await.unwrap();
        let error = client.call(&Ping {}).await.unwrap_err();
        assert!(matches!(error, Error::Protocol { .. }), "{}: {error:?}", bytes.escape_ascii());
        client.call(&Ping {}).await.unwrap();
    }
}

#[tokio::test]
async fn a_reply_behind_a_line_that_is_none_is_not_taken_for_the_next_one() {
    for line in NO_REPLIES {
        let client = connect(&Guest::interrupted_by(line), LONG).await.unwrap();
        let error = client.call_raw("x", None).await.unwrap_err();
        assert!(matches!(error, Error::Protocol { source: Violation::NotAReply(_), .. }), "{error:?}");
        assert_eq!(client.call_raw("x", None).await.unwrap(), Value::String("second".into()));
    }
}

#[tokio::test]
async fn an_endless_line_is_given_up_at_the_limit_for_all_who_wait() {
    let client = connect(&Guest::endless(), LONG).await.unwrap();
    let (one, other) = tokio::join!(client.call(&Ping {}), client.call(&GetTime {}));
    for error in [one.unwrap_err(), other.unwrap_err()] {
        let expected = Violation::EndlessReply { limit: 1 << 20 };
        assert!(matches!(error, Error::Protocol { source, .. } if source == expected));
    }
    // Still without end, and the time is.
    let error = client.with_timeout(SHORT).call(&Ping {}).await.unwrap_err();
    assert!(matches!(error, Error::TimedOut { .. }), "{error:?}");
}

#[tokio::test]
async fn garbage_without_end_instead_of_a_handshake_ends_at_the_deadline() {
    for garbage in GARBAGE {
        let start = Instant::now();
        let error = connect(&Guest::flooding(garbage), SHORT).await.err().unwrap();
        assert!(matches!(error, Error::TimedOut { .. }), "{error:?}");
        assert!(start.elapsed() < LONG / 2);
    }
}

#[tokio::test]
async fn a_guest_that_goes_on_without_answering_is_given_up_at_the_deadline() {
    for guest in Guest::stalling() {
        let client = connect(&guest, LONG).await.unwrap().with_timeout(SHORT);
        let start = Instant::now();
        assert!(matches!(client.call(&Ping {}).await, Err(Error::TimedOut { .. })));
        assert!(start.elapsed() < LONG / 2);
    }
}

#[tokio::test]
async fn replies_that_nobody_asked_for_harm_no_call() {
    let guest = Guest::new(|line, stream| {
        if !sync(line, stream) {
            send(stream, b"{\"return\": 1}\n{\"return\": 2}\n{\"return\": 3}\n");
        }
    });
    let client = connect(&guest, LONG).await.unwrap();
    for _ in 0..3 {
        assert_eq!(client.call(&GetTime {}).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn an_agent_that_refuses_the_handshake_is_asked_for_the_plain_one() {
    let guest = Guest::new(|line, stream| {
        let refusal: &[u8] =
            b"{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"no guest-sync-delimited\"}}\n";
        if line.contains("delimited") {
            send(stream, refusal);
        } else {
            send_number(stream, number(line));
        }
    });
    let client = connect(&guest, LONG).await.unwrap();
    assert_eq!(client.call(&Sync { id: 7 }).await.unwrap(), 7);
}

#[tokio::test]
async fn a_command_that_is_answered_only_when_it_fails_succeeds_in_silence() {
    let goes_on = Guest::new(|line, stream| {
        if !sync(line, stream) && line.contains("ping") {
            send(stream, b"{\"return\": {}}\n");
        }
    });
    let client = connect(&goes_on, LONG).await.unwrap();
    let (nap, ping) = tokio::join!(client.call(&Nap {}), client.call(&Ping {}));
    nap.unwrap();
    ping.unwrap();
    let client = connect(&Guest::leaving(), LONG).await.unwrap();
    client.call(&Nap {}).await.unwrap();
    assert!(matches!(client.call(&Ping {}).await, Err(Error::Unreachable { .. })));
    connect(&Guest::falling_asleep(), SHORT * 3).await.unwrap().call(&Nap {}).await.unwrap();
}

#[tokio::test]
async fn a_command_that_is_answered_only_when_it_fails_tells_so_early_and_late() {
    for guest in [Guest::answering(NOT_TIRED), Guest::sleepless()] {
        let client = connect(&guest, LONG).await.unwrap();
        for _ in 0..2 {
            let error = client.call(&Nap {}).await.unwrap_err();
            assert!(matches!(error, Error::Agent { desc, .. } if desc == "not tired"));
        }
    }
}

#[tokio::test]
async fn a_guest_that_is_gone_is_told_to_all_who_wait() {
    let client = connect(&Guest::leaving(), LONG).await.unwrap();
    let (one, other) = tokio::join!(client.call(&Ping {}), client.call(&Ping {}));
    for result in [one, other, client.call(&Ping {}).await] {
        assert!(matches!(result, Err(Error::Unreachable { .. })), "{result:?}");
    }
    let nowhere = "unix:/nonexistent/qga.sock".parse().unwrap();
    assert!(matches!(Client::connect(&nowhere, options(LONG)).await, Err(Error::Unreachable { .. })));
}

#[tokio::test]
async fn any_stream_will_do() {
    let (here, there) = tokio::io::duplex(64);
    let silent = Client::over(here, "nowhere".into(), options(SHORT)).await;
    assert!(matches!(silent, Err(Error::TimedOut { address, .. }) if address == "nowhere"));
    drop(there);
}

#[tokio::test]
async fn a_file_is_closed_when_its_copy_fails_or_is_dropped() {
    let (asked, requests) = mpsc::channel();
    let guest = Guest::new(move |line, stream| {
        if line.contains("open") {
            send(stream, b"{\"return\": 1000}\n");
        } else if line.contains("close") {
            asked.send(number(line)).unwrap();
            send(stream, b"{\"return\": {}}\n");
        } else if line.contains("write") {
            send(stream, b"{\"error\": {\"class\": \"X\", \"desc\": \"full\"}}\n");
        } else {
            // A read is never answered.
            sync(line, stream);
        }
    });
    let client = connect(&guest, LONG).await.unwrap();
    let error = client.write_file("/x", &mut &b"text"[..], |_| {}).await.unwrap_err();
    assert!(matches!(error, FileError::Agent(Error::Agent { desc, .. }) if desc == "full"));
    assert_eq!(requests.recv_timeout(LONG).unwrap(), 1000);
    let mut bytes = Vec::new();
    assert!(tokio::time::timeout(SHORT, client.read_file("/x", &mut bytes, |_| {})).await.is_err());
    // The task that moves the bytes has to get its turn.
    let closed = tokio::task::spawn_blocking(move || requests.recv_timeout(LONG));
    assert_eq!(closed.await.unwrap().unwrap(), 1000);
}
