//! Guests made up for a test.

use qga_client::{Address, Client, Error, Options};
use qga_wire::Command;
use serde::{Deserialize, Serialize};
use std::io::{BufRead, BufReader, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// Patience that ends a test soon, for guests that are going to be silent.
pub(crate) const SHORT: Duration = Duration::from_millis(200);
/// Patience for guests that are going to answer.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// What a guest answers that has nothing to tell.
pub(crate) const NOTHING: &[u8] = b"{\"return\": {}}\n";
/// What a guest answers to [`Nap`] that fails.
pub(crate) const NOT_TIRED: &[u8] = b"{\"error\": {\"class\": \"GenericError\", \"desc\": \"not tired\"}}\n";
/// Answers that are none.
pub(crate) const BROKEN: [&[u8]; 9] = [
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
/// Lines that are no reply, whatever else may be.
pub(crate) const NO_REPLIES: [&[u8]; 3] = [b"[  5.1] oops\n", b"{oops\n", b"{\"event\": 1}\n"];
/// What never becomes the answer to a handshake, however often it is sent.
pub(crate) const GARBAGE: [&[u8]; 5] =
    [b"x", b"\n", b"\xff", b"\xff{\"return\": 1}\n", b"{\"return\": {}}\n"];

/// A command that is answered only when it fails.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-nap", since = "1.0", effect = Power, silent)]
pub(crate) struct Nap {}

pub(crate) fn options(timeout: Duration) -> Options {
    Options { timeout, longest_reply: 1 << 20, silence: SHORT }
}

/// A guest that answers each request line as `answer` says, one client after the other.
pub(crate) struct Guest {
    address: Address,
    _directory: TempDir,
}

impl Guest {
    pub(crate) fn new(mut answer: impl FnMut(&str, &mut UnixStream) + Send + 'static) -> Guest {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("guest.sock");
        let listener = UnixListener::bind(&path).unwrap();
        thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                for line in BufReader::new(stream.try_clone().unwrap()).split(b'\n').map_while(Result::ok) {
                    answer(&String::from_utf8_lossy(&line), &mut stream);
                }
            }
        });
        Guest { address: Address::Unix(path), _directory: directory }
    }

    /// A guest that syncs as it should, and leaves everything else to `answer`.
    pub(crate) fn syncing(mut answer: impl FnMut(&str, &mut UnixStream) + Send + 'static) -> Guest {
        Guest::new(move |line, stream| {
            if !sync(line, stream) {
                answer(line, stream);
            }
        })
    }

    /// A guest that answers to everything with the bytes given.
    pub(crate) fn answering(bytes: &'static [u8]) -> Guest {
        Guest::syncing(move |_, stream| send(stream, bytes))
    }

    /// A guest that answers so for the first time, and rightly to a ping after that.
    pub(crate) fn answering_once(bytes: &'static [u8]) -> Guest {
        let mut answers = std::iter::once(bytes);
        Guest::syncing(move |_, stream| send(stream, answers.next().unwrap_or(NOTHING)))
    }

    /// A guest that gives back the number of each request.
    pub(crate) fn echo() -> Guest {
        Guest::syncing(|line, stream| send_number(stream, number(line)))
    }

    /// A guest that keeps its first answer for itself until it is asked for another handshake, and then gives it.
    pub(crate) fn late() -> Guest {
        let (mut asked, mut is_late) = (false, false);
        Guest::new(move |line, stream| {
            if is_late {
                send(stream, b"{\"return\": \"late\"}\n");
                is_late = false;
            }
            if !sync(line, stream) {
                is_late = !std::mem::replace(&mut asked, true);
                if !is_late {
                    send(stream, b"{\"return\": \"mine\"}\n");
                }
            }
        })
    }

    /// A guest that puts this before its first answer, which comes with the second one.
    pub(crate) fn interrupted_by(line: &'static [u8]) -> Guest {
        let mut answers = 0;
        Guest::new(move |request, stream| {
            if answers == 1 {
                send(stream, b"{\"return\": \"first\"}\n");
            }
            if !sync(request, stream) {
                send(stream, if answers == 0 { line } else { b"{\"return\": \"second\"}\n" });
                answers += 1;
            } else if answers == 1 {
                answers += 1;
            }
        })
    }

    /// A guest that answers with a line that has no end.
    pub(crate) fn endless() -> Guest {
        Guest::syncing(|_, stream| flood(stream, b"x"))
    }

    /// A guest that goes on and on after a request without ever answering it: byte by byte, or with lines that hold
    /// nothing.
    pub(crate) fn stalling() -> [Guest; 2] {
        let dripping = Guest::syncing(|_, stream| {
            while stream.write_all(b" ").is_ok() {
                thread::sleep(Duration::from_millis(1));
            }
        });
        [dripping, Guest::syncing(|_, stream| flood(stream, b" \r\n"))]
    }

    /// A guest that says this without end, whatever it is asked.
    pub(crate) fn flooding(garbage: &'static [u8]) -> Guest {
        Guest::new(|_, stream| flood(stream, garbage))
    }

    /// A guest whose agent ends with the first request.
    pub(crate) fn leaving() -> Guest {
        Guest::syncing(|_, stream| stream.shutdown(Shutdown::Both).unwrap())
    }

    /// A guest that hears nothing more after its first request.
    pub(crate) fn falling_asleep() -> Guest {
        let mut is_asleep = false;
        Guest::new(move |line, stream| is_asleep = is_asleep || !sync(line, stream))
    }

    /// A guest that tells that it is not tired only when it is asked whether it sleeps.
    pub(crate) fn sleepless() -> Guest {
        let mut tries = false;
        Guest::new(move |line, stream| {
            if std::mem::take(&mut tries) {
                send(stream, NOT_TIRED);
            }
            tries = !sync(line, stream);
        })
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    pub(crate) fn connect(&self, timeout: Duration) -> Result<Client, Error> {
        self.connect_with(options(timeout))
    }

    pub(crate) fn connect_with(&self, options: Options) -> Result<Client, Error> {
        Client::connect(&self.address, options)
    }
}

/// What a client that is gone no longer reads is its own affair.
pub(crate) fn send(stream: &mut UnixStream, bytes: &[u8]) {
    drop(stream.write_all(bytes));
}

pub(crate) fn send_number(stream: &mut UnixStream, number: i64) {
    send(stream, format!("{{\"return\": {number}}}\n").as_bytes());
}

/// The number that a request carries.
pub(crate) fn number(line: &str) -> i64 {
    line.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap()
}

/// Answers a handshake, if the line is one.
pub(crate) fn sync(line: &str, stream: &mut UnixStream) -> bool {
    let Some((_, id)) = line.split_once("\"guest-sync-delimited\", \"arguments\": {\"id\": ") else {
        return false;
    };
    let answer = format!("{{\"return\": {}}}\n", id.trim_end_matches('}'));
    send(stream, &[b"\xff", answer.as_bytes()].concat());
    true
}

fn flood(stream: &mut UnixStream, bytes: &[u8]) {
    while stream.write_all(&bytes.repeat(1000)).is_ok() {}
}
