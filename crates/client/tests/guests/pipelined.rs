//! Requests that do not wait for the answers to those before them.

use crate::guest::{Guest, LONG, SHORT, number, send, sync};
use qga_client::Error;
use qga_wire::family::sync::{Ping, Sync};
use qga_wire::family::time::GetTime;

#[test]
fn answers_belong_to_the_requests_in_their_order() {
    let mut client = Guest::echo().connect(LONG).unwrap();
    let mut pipeline = client.pipeline();
    for id in 1..=100 {
        pipeline.ask(&Sync { id }).unwrap();
    }
    let answers: Vec<i64> = (0..100).map(|_| pipeline.answer::<Sync>().unwrap()).collect();
    assert_eq!(answers, (1..=100).collect::<Vec<_>>());
}

#[test]
fn an_answer_that_was_not_taken_is_nobody_elses() {
    let mut client = Guest::echo().connect(LONG).unwrap();
    client.pipeline().ask(&Sync { id: 1 }).unwrap();
    assert_eq!(client.call(&Sync { id: 2 }).unwrap(), 2);
    client.pipeline().ask(&Sync { id: 3 }).unwrap();
    let mut pipeline = client.pipeline();
    assert_eq!(pipeline.owed(), 0);
    pipeline.ask(&Sync { id: 4 }).unwrap();
    assert_eq!(pipeline.answer::<Sync>().unwrap(), 4);
}

#[test]
fn an_answer_that_cannot_come_is_told_without_waiting_for_it() {
    // An answer to the first request is never given: only to what is asked after a handshake.
    let mut hangs = true;
    let guest = Guest::new(move |line, stream| {
        if sync(line, stream) {
            return;
        }
        hangs = line.contains("ping") || hangs && line.contains("time");
        if !hangs {
            send(stream, format!("{{\"return\": {}}}\n", number(line)).as_bytes());
        }
    });
    let mut client = guest.connect(SHORT).unwrap();
    let mut pipeline = client.pipeline();
    assert!(matches!(pipeline.answer::<Ping>(), Err(Error::Lost { command }) if command == "guest-ping"));
    pipeline.ask(&Ping {}).unwrap();
    pipeline.ask(&GetTime {}).unwrap();
    assert!(matches!(pipeline.answer::<Ping>(), Err(Error::TimedOut { .. })));
    assert!(matches!(pipeline.answer::<GetTime>(), Err(Error::Lost { .. })));
    client.set_timeout(LONG);
    let mut pipeline = client.pipeline();
    pipeline.ask(&Sync { id: 5 }).unwrap();
    assert_eq!(pipeline.answer::<Sync>().unwrap(), 5);
}

#[test]
fn a_reply_that_nobody_asked_for_is_not_taken_and_the_next_call_works() {
    let guest = Guest::new(|line, stream| {
        if !sync(line, stream) {
            send(stream, b"{\"return\": 1}\n{\"return\": 2}\n{\"return\": 3}\n");
        }
    });
    let mut client = guest.connect(LONG).unwrap();
    let mut pipeline = client.pipeline();
    pipeline.ask(&GetTime {}).unwrap();
    assert_eq!(pipeline.answer::<GetTime>().unwrap(), 1);
    assert!(matches!(pipeline.answer::<GetTime>(), Err(Error::Lost { .. })));
    assert_eq!(client.call(&GetTime {}).unwrap(), 1);
}
