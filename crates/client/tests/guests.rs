//! The client against guests that are slow, silent, broken or hostile, over a real socket.
#![cfg(unix)]

#[cfg(test)]
#[path = "guests/awaited.rs"]
mod awaited;
#[cfg(test)]
#[path = "guests/guest.rs"]
mod guest;

use guest::{Guest, LONG, SHORT, send, sync};
use qga_client::{Address, Client, Error, FileError, Options, Violation};
use qga_wire::Command;
use qga_wire::family::file::FileRead;
use qga_wire::family::sync::Ping;
use qga_wire::family::system::Info;
use qga_wire::family::time::GetTime;
use qga_wire::json::Value;
use serde::{Deserialize, Serialize};
use std::io::Write;
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
    let broken: [&'static [u8]; 9] = [
        b"\x00\x01\x02garbage\n",
        b"\x1b[2J\x1b]0;mine\x07\n",
        b"{\"return\": [}\n",
        b"{\"return\": \"wrong type\"}\n",
        b"{\"error\": 5}\n",
        b"{\"RETURN\": {}}\n",
        b"[1, 2]\n",
        b"\xff\xfe\xfd\n",
        b"{\"return\": {}\n",
    ];
    for bytes in broken {
        let mut asked = 0;
        let guest = Guest::new(move |line, stream| {
            if !sync(line, stream) {
                asked += 1;
                send(stream, if asked == 1 { bytes } else { b"{\"return\": {}}\n" });
            }
        });
        let mut client = guest.connect(LONG).unwrap();
        let error = client.call(&Ping {}).unwrap_err();
        assert!(matches!(error, Error::Protocol { .. }), "{}: {error:?}", bytes.escape_ascii());
        client.call(&Ping {}).unwrap();
    }
}

#[test]
fn deep_nesting_is_an_error() {
    let guest = Guest::new(|line, stream| {
        if !sync(line, stream) {
            send(
                stream,
                format!("{{\"return\": {}{}}}\n", "[".repeat(200_000), "]".repeat(200_000)).as_bytes(),
            );
        }
    });
    let error = guest.connect(LONG).unwrap().call_raw("x", None).unwrap_err();
    assert!(matches!(error, Error::Protocol { source: Violation::NotAReply(_), .. }), "{error:?}");
}

#[test]
fn an_endless_line_is_given_up_at_the_limit() {
    let guest = Guest::new(|line, stream| {
        if !sync(line, stream) {
            while stream.write_all(&b"x".repeat(64 << 10)).is_ok() {}
        }
    });
    let error = guest.connect(LONG).unwrap().call(&Ping {}).unwrap_err();
    let expected = Violation::EndlessReply { limit: 1 << 20 };
    assert!(matches!(error, Error::Protocol { source, .. } if source == expected));
}

#[test]
fn garbage_without_end_instead_of_a_handshake_ends_at_the_deadline() {
    for garbage in [&b"x"[..], b"\n", b"\xff", b"\xff{\"return\": 1}\n", b"{\"return\": {}}\n"] {
        let guest = Guest::new(|_, stream| while stream.write_all(&garbage.repeat(1000)).is_ok() {});
        let start = Instant::now();
        let error = guest.connect(SHORT).err().unwrap();
        assert!(matches!(error, Error::TimedOut { .. }), "{error:?}");
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
    let mut asked = 0;
    let guest = Guest::new(move |line, stream| {
        asked += 1;
        match asked {
            2 => {}
            3 => {
                send(stream, b"{\"return\": \"late\"}\n");
                sync(line, stream);
            }
            _ if sync(line, stream) => {}
            _ => send(stream, b"{\"return\": \"mine\"}\n"),
        }
    });
    let mut client = guest.connect(LONG).unwrap();
    client.set_timeout(SHORT);
    assert!(matches!(client.call(&Ping {}), Err(Error::TimedOut { .. })));
    client.set_timeout(LONG);
    assert_eq!(client.call_raw("x", None).unwrap(), Value::String("mine".into()));
}

/// A command that is answered only when it fails.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-nap", since = "1.0", effect = Power, silent)]
struct Nap {}

const FAILURE: &[u8] = b"{\"error\": {\"class\": \"GenericError\", \"desc\": \"not tired\"}}\n";

#[test]
fn a_command_that_is_answered_only_when_it_fails_has_succeeded_when_the_agent_goes_on() {
    let guest = Guest::new(|line, stream| {
        sync(line, stream);
    });
    let mut client = guest.connect(LONG).unwrap();
    client.call(&Nap {}).unwrap();
    client.call(&Nap {}).unwrap();
}

#[test]
fn a_command_that_is_answered_only_when_it_fails_has_succeeded_when_the_guest_is_gone_or_asleep() {
    let gone = Guest::new(|line, stream| {
        if !sync(line, stream) {
            stream.shutdown(std::net::Shutdown::Both).unwrap();
        }
    });
    gone.connect(LONG).unwrap().call(&Nap {}).unwrap();
    let mut asked = 0;
    let asleep = Guest::new(move |line, stream| {
        asked += 1;
        if asked == 1 {
            sync(line, stream);
        }
    });
    let mut client = asleep.connect(LONG).unwrap();
    client.set_timeout(SHORT * 3);
    client.call(&Nap {}).unwrap();
}

#[test]
fn a_command_that_is_answered_only_when_it_fails_tells_so_early_and_late() {
    let early = Guest::answering(FAILURE);
    let mut late_asked = 0;
    let late = Guest::new(move |line, stream| {
        late_asked += 1;
        if late_asked == 3 {
            send(stream, FAILURE);
        }
        sync(line, stream);
    });
    for guest in [early, late] {
        let mut client = guest.connect(LONG).unwrap();
        assert!(matches!(client.call(&Nap {}), Err(Error::Agent { desc, .. }) if desc == "not tired"));
        assert!(matches!(client.call(&Nap {}), Ok(_) | Err(Error::Agent { .. })));
    }
}

#[test]
fn nobody_there_and_gone_in_the_middle_are_unreachable() {
    let nowhere = Address::Unix("/nonexistent/qga.sock".into());
    assert!(matches!(Client::connect(&nowhere, Options::default()), Err(Error::Unreachable { .. })));
    let guest = Guest::new(|line, stream| {
        if !sync(line, stream) {
            stream.shutdown(std::net::Shutdown::Both).unwrap();
        }
    });
    assert!(matches!(guest.connect(LONG).unwrap().call(&Ping {}), Err(Error::Unreachable { .. })));
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
fn a_file_that_grows_out_of_nothing_is_not_believed() {
    let cases: [(&'static [u8], &str); 3] = [
        (b"{\"return\": {\"count\": 0, \"buf-b64\": \"\", \"eof\": false}}\n", "no bytes"),
        (b"{\"return\": {\"count\": 3, \"buf-b64\": \"****\", \"eof\": true}}\n", "no base64"),
        (b"{\"return\": {\"count\": 0, \"eof\": true}}\n", "missing"),
    ];
    for (bytes, word) in cases {
        let guest = Guest::new(move |line, stream| {
            if line.contains("open") {
                send(stream, b"{\"return\": 1000}\n");
            } else if line.contains("close") {
                send(stream, b"{\"return\": {}}\n");
            } else if !sync(line, stream) {
                send(stream, bytes);
            }
        });
        let error = guest.connect(LONG).unwrap().read_file("/x", &mut Vec::new(), |_| {}).unwrap_err();
        let FileError::Agent(Error::Protocol { source, .. }) = error else { panic!("{error:?}") };
        assert!(source.to_string().contains(word), "{source}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_closed_and_both_failures_are_told() {
    let guest = Guest::new(|line, stream| {
        if line.contains("open") {
            send(stream, b"{\"return\": 1000}\n");
        } else if !sync(line, stream) {
            let desc = if line.contains("close") { "not closed" } else { "not read" };
            send(stream, format!("{{\"error\": {{\"class\": \"X\", \"desc\": \"{desc}\"}}}}\n").as_bytes());
        }
    });
    let error = guest.connect(LONG).unwrap().read_file("/x", &mut Vec::new(), |_| {}).unwrap_err();
    assert_eq!(error.to_string(), "not read; and then: not closed");
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
fn pipelined_answers_belong_to_the_requests_in_their_order() {
    let mut count = 0;
    let guest = Guest::new(move |line, stream| {
        if !sync(line, stream) {
            count += 1;
            send(stream, format!("{{\"return\": {count}}}\n").as_bytes());
        }
    });
    let mut client = guest.connect(LONG).unwrap();
    let mut pipeline = client.pipeline();
    for _ in 0..100 {
        pipeline.ask(&GetTime {}).unwrap();
    }
    let answers: Vec<i64> = (0..100).map(|_| pipeline.answer::<GetTime>().unwrap()).collect();
    assert_eq!(answers, (1..=100).collect::<Vec<_>>());
    pipeline.ask(&GetTime {}).unwrap();
    // That answer is nobody's, and the next call has its own.
    assert_eq!(client.call(&GetTime {}).unwrap(), 102);
}

#[test]
fn a_reply_that_nobody_asked_for_is_an_error_and_the_next_call_works() {
    let guest = Guest::new(|line, stream| {
        if !sync(line, stream) {
            send(stream, b"{\"return\": 1}\n{\"return\": 2}\n{\"return\": 3}\n");
        }
    });
    let mut client = guest.connect(LONG).unwrap();
    let mut pipeline = client.pipeline();
    pipeline.ask(&GetTime {}).unwrap();
    assert_eq!(pipeline.answer::<GetTime>().unwrap(), 1);
    assert!(matches!(pipeline.answer::<GetTime>(), Err(Error::Protocol { .. })));
    assert_eq!(client.call(&GetTime {}).unwrap(), 1);
}

#[test]
fn a_piece_that_was_not_written_whole_is_an_error() {
    let guest = Guest::new(|line, stream| {
        if line.contains("open") {
            send(stream, b"{\"return\": 1000}\n");
        } else if !sync(line, stream) {
            send(stream, b"{\"return\": {\"count\": 1, \"eof\": false}}\n");
        }
    });
    let error = guest.connect(LONG).unwrap().write_file("/x", &mut &b"two"[..], |_| {}).unwrap_err();
    assert!(error.to_string().contains("breaks the protocol"), "{error:?}");
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
