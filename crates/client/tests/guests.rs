//! The client against guests that are slow, silent, broken or hostile, over a real socket.
#![cfg(unix)]

#[cfg(test)]
#[path = "guests/awaited.rs"]
mod awaited;
#[cfg(test)]
#[path = "guests/files.rs"]
mod files;
#[cfg(test)]
#[path = "guests/guest.rs"]
mod guest;
#[cfg(test)]
#[path = "guests/links.rs"]
mod links;
#[cfg(test)]
#[path = "guests/pipelined.rs"]
mod pipelined;
#[cfg(test)]
#[path = "guests/shared.rs"]
mod shared;
#[cfg(test)]
#[expect(dead_code, reason = "its main is not called here")]
#[path = "../examples/snapshot.rs"]
mod snapshot;
#[cfg(test)]
#[path = "guests/snapshots.rs"]
mod snapshots;
#[cfg(test)]
use guest::{BROKEN, GARBAGE, Guest, LONG, NO_REPLIES, NOT_TIRED, Nap, SHORT, send, sync};
use qga_client::{Address, Client, Error, Options, Violation};
use qga_wire::family::file::FileRead;
use qga_wire::family::sync::Ping;
use qga_wire::family::system::Info;
use qga_wire::json::Value;
use std::sync::mpsc;
use std::time::Instant;

#[test]
fn a_call_returns_what_its_command_returns() {
    let guest =
        Guest::answering(b"{\"return\": {\"version\": \"9.9\", \"supported_commands\": [], \"new\": 1}}\n");
    let mut client = guest.connect(LONG).unwrap();
    assert_eq!(client.call(&Info {}).unwrap().version, "9.9");
    let raw = client.call_raw("anything", Some(&Value::Object(vec![]))).unwrap();
    assert!(matches!(raw, Value::Object(members) if members.len() == 3));
}

#[test]
fn the_agents_error_keeps_its_class_and_words() {
    let guest =
        Guest::answering(b"{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"no such thing\"}}\n");
    let error = guest.connect(LONG).unwrap().call(&Ping {}).unwrap_err();
    assert!(
        matches!(error, Error::Agent { class, desc } if class == "CommandNotFound" && desc == "no such thing")
    );
}

#[test]
fn an_answer_that_breaks_the_protocol_is_an_error_and_the_next_call_works() {
    for bytes in BROKEN {
        let mut client = Guest::answering_once(bytes).connect(LONG).unwrap();
        let error = client.call(&Ping {}).unwrap_err();
        assert!(matches!(error, Error::Protocol { .. }), "{}: {error:?}", bytes.escape_ascii());
        client.call(&Ping {}).unwrap();
    }
}

#[test]
fn a_reply_behind_a_line_that_is_none_is_not_taken_for_the_next_one() {
    for line in NO_REPLIES {
        let mut client = Guest::interrupted_by(line).connect(LONG).unwrap();
        let error = client.call_raw("x", None).unwrap_err();
        assert!(matches!(error, Error::Protocol { source: Violation::NotAReply(_), .. }), "{error:?}");
        assert_eq!(client.call_raw("x", None).unwrap(), Value::String("second".into()));
    }
}

#[test]
fn deep_nesting_is_an_error() {
    let guest = Guest::syncing(|_, stream| {
        let value = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        send(stream, format!("{{\"return\": {value}}}\n").as_bytes());
    });
    let error = guest.connect(LONG).unwrap().call_raw("x", None).unwrap_err();
    assert!(matches!(error, Error::Protocol { source: Violation::NotAReply(_), .. }), "{error:?}");
}

#[test]
fn an_endless_line_is_given_up_at_the_limit() {
    let error = Guest::endless().connect(LONG).unwrap().call(&Ping {}).unwrap_err();
    let expected = Violation::EndlessReply { limit: 1 << 20 };
    assert!(matches!(error, Error::Protocol { source, .. } if source == expected));
}

#[test]
fn garbage_without_end_instead_of_a_handshake_ends_at_the_deadline() {
    for garbage in GARBAGE {
        let start = Instant::now();
        let error = Guest::flooding(garbage).connect(SHORT).err().unwrap();
        assert!(matches!(error, Error::TimedOut { .. }), "{error:?}");
        assert!(start.elapsed() < LONG / 2);
    }
}

#[test]
fn a_guest_that_goes_on_without_answering_is_given_up_at_the_deadline() {
    for guest in Guest::stalling() {
        let mut client = guest.connect(LONG).unwrap();
        client.set_timeout(SHORT);
        let start = Instant::now();
        assert!(matches!(client.call(&Ping {}), Err(Error::TimedOut { .. })));
        assert!(start.elapsed() < LONG / 2);
    }
}

#[test]
fn a_wrong_number_is_no_handshake() {
    let guest = Guest::new(|_, stream| send(stream, b"\xff{\"return\": 1}\n{\"return\": 2}\n"));
    assert!(matches!(guest.connect(SHORT), Err(Error::TimedOut { .. })));
}

#[test]
fn after_a_call_that_timed_out_the_late_answer_is_not_taken_for_the_next_one() {
    let mut client = Guest::late().connect(LONG).unwrap();
    client.set_timeout(SHORT);
    assert!(matches!(client.call(&Ping {}), Err(Error::TimedOut { .. })));
    client.set_timeout(LONG);
    assert_eq!(client.call_raw("x", None).unwrap(), Value::String("mine".into()));
}

#[test]
fn a_command_that_is_answered_only_when_it_fails_has_succeeded_when_the_agent_goes_on() {
    let mut client = Guest::syncing(|_, _| ()).connect(LONG).unwrap();
    client.call(&Nap {}).unwrap();
    client.call(&Nap {}).unwrap();
}

#[test]
fn a_command_that_is_answered_only_when_it_fails_has_succeeded_when_the_guest_is_gone_or_asleep() {
    Guest::leaving().connect(LONG).unwrap().call(&Nap {}).unwrap();
    Guest::falling_asleep().connect(SHORT * 3).unwrap().call(&Nap {}).unwrap();
}

#[test]
fn a_command_that_is_answered_only_when_it_fails_has_not_succeeded_with_an_agent_that_hung_before() {
    let mut client = Guest::falling_asleep().connect(SHORT * 3).unwrap();
    client.pipeline().ask(&Ping {}).unwrap();
    assert!(matches!(client.call(&Nap {}), Err(Error::TimedOut { .. })));
}

#[test]
fn a_command_that_is_answered_only_when_it_fails_tells_so_early_and_late() {
    for guest in [Guest::answering(NOT_TIRED), Guest::sleepless()] {
        let mut client = guest.connect(LONG).unwrap();
        for _ in 0..2 {
            assert!(matches!(client.call(&Nap {}), Err(Error::Agent { desc, .. }) if desc == "not tired"));
        }
    }
}

#[test]
fn nobody_there_and_gone_in_the_middle_are_unreachable() {
    let nowhere = Address::Unix("/nonexistent/qga.sock".into());
    assert!(matches!(Client::connect(&nowhere, Options::default()), Err(Error::Unreachable { .. })));
    let error = Guest::leaving().connect(LONG).unwrap().call(&Ping {}).unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
}

#[test]
fn a_guest_that_reads_nothing_does_not_hold_up_a_long_request() {
    let (held_sender, held) = mpsc::channel::<()>();
    let guest = Guest::new(move |line, stream| {
        sync(line, stream);
        held.recv().unwrap_err();
    });
    let mut client = guest.connect(LONG).unwrap();
    client.set_timeout(SHORT);
    let text = Value::Object(vec![("text".into(), Value::String("x".repeat(16 << 20)))]);
    assert!(matches!(client.call_raw("x", Some(&text)), Err(Error::TimedOut { .. })));
    drop(held_sender);
}

#[test]
fn raw_and_typed_requests_are_the_same() {
    let (asked, requests) = mpsc::channel();
    let guest = Guest::new(move |line, stream| {
        if !sync(line, stream) {
            asked.send(line.to_owned()).unwrap();
            send(stream, b"{\"return\": {\"count\": 0, \"buf-b64\": \"\", \"eof\": true}}\n");
        }
    });
    let mut client = guest.connect(LONG).unwrap();
    client.call(&FileRead { handle: 5, count: None }).unwrap();
    let arguments = Value::Object(vec![("handle".into(), Value::Int(5))]);
    client.call_raw("guest-file-read", Some(&arguments)).unwrap();
    let request = "{\"execute\": \"guest-file-read\", \"arguments\": {\"handle\": 5}}";
    assert_eq!([requests.recv().unwrap(), requests.recv().unwrap()], [request, request]);
}

#[test]
fn the_longest_answer_that_an_agent_may_give_is_taken() {
    const LONGEST: usize = 48 << 20;
    let guest = Guest::new(|line, stream| {
        if !sync(line, stream) {
            let bytes = "A".repeat(LONGEST / 3 * 4);
            let answer = format!(
                "{{\"return\": {{\"count\": {LONGEST}, \"buf-b64\": \"{bytes}\", \"eof\": false}}}}\n"
            );
            send(stream, answer.as_bytes());
        }
    });
    let options = Options { timeout: LONG * 6, ..Options::default() };
    let mut client = guest.connect_with(options).unwrap();
    let answer = client.call(&FileRead { handle: 1, count: None }).unwrap();
    assert_eq!(answer.buf_b64.into_bytes().unwrap().len(), LONGEST);
}
