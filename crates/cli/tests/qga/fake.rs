//! Guests made up for a test: for what would change this machine, and for what no real agent does.

use crate::run::{Ended, ended, qga};
use std::io::{BufRead, BufReader, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use tempfile::TempDir;

/// A guest that answers as it is told, and remembers what it was asked.
pub(crate) struct Fake {
    directory: TempDir,
    requests: Arc<Mutex<Vec<String>>>,
}

/// What a guest does with a request.
pub(crate) enum Answer {
    /// It returns this JSON.
    Return(&'static str),
    /// It fails with these words.
    Error(&'static str),
    /// It sends these bytes.
    Bytes(Vec<u8>),
    /// It says nothing.
    Silence,
    /// It hangs up.
    Gone,
}

impl Fake {
    /// `answer` is given the command's name and the whole line. Handshakes are answered without it.
    pub(crate) fn new(answer: impl Fn(&str, &str) -> Answer + Send + Sync + 'static) -> Fake {
        Fake::of(move |line| handshake(line).map_or_else(|| answer(name(line), line), Answer::Bytes))
    }

    /// A guest that sends these bytes to everything, handshakes included.
    pub(crate) fn without_handshake(bytes: Vec<u8>) -> Fake {
        Fake::of(move |_| Answer::Bytes(bytes.clone()))
    }

    fn of(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Fake {
        let directory = TempDir::new().unwrap();
        let listener = UnixListener::bind(directory.path().join("fake.sock")).unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (seen, answer) = (Arc::clone(&requests), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                thread::spawn(move || serve(stream, &seen, &*answer));
            }
        });
        Fake { directory, requests }
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.path().join("fake.sock")
    }

    /// A directory for files of the test.
    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// `qga`, connected to this guest.
    pub(crate) fn command(&self) -> Command {
        let mut command = qga();
        command.env("QGA_CONNECT", format!("unix:{}", self.socket().display()));
        command
    }

    /// Runs `qga` with these arguments, connected to this guest.
    pub(crate) fn qga(&self, arguments: &[&str]) -> Ended {
        ended(self.command().args(arguments))
    }

    /// The requests so far, but for handshakes.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Their commands.
    pub(crate) fn names(&self) -> Vec<String> {
        self.requests().iter().map(|line| name(line).to_owned()).collect()
    }
}

fn serve(mut stream: UnixStream, seen: &Mutex<Vec<String>>, answer: &dyn Fn(&str) -> Answer) {
    let lines = BufReader::new(stream.try_clone().unwrap()).split(b'\n');
    for line in lines.map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line).into_owned();
        if handshake(&line).is_none() {
            seen.lock().unwrap().push(line.clone());
        }
        let Some(bytes) = bytes_of(answer(&line)) else { return drop(stream.shutdown(Shutdown::Both)) };
        if stream.write_all(&bytes).is_err() {
            return;
        }
    }
}

/// What to send; nothing to hang up.
fn bytes_of(answer: Answer) -> Option<Vec<u8>> {
    match answer {
        Answer::Return(value) => Some(format!("{{\"return\": {value}}}\n").into()),
        Answer::Error(desc) => {
            Some(format!("{{\"error\": {{\"class\": \"GenericError\", \"desc\": \"{desc}\"}}}}\n").into())
        }
        Answer::Bytes(bytes) => Some(bytes),
        Answer::Silence => Some(Vec::new()),
        Answer::Gone => None,
    }
}

fn handshake(line: &str) -> Option<Vec<u8>> {
    let (_, id) = line.split_once("\"guest-sync-delimited\", \"arguments\": {\"id\": ")?;
    let answer = format!("{{\"return\": {}}}\n", id.trim_end_matches('}'));
    Some([b"\xff", answer.as_bytes()].concat())
}

/// The command of a request.
fn name(line: &str) -> &str {
    line.split('"').nth(3).unwrap_or_default()
}
