//! Guests made up for a test.

use qga_client::{Address, Client, Error, Options};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// Patience that ends a test soon, for guests that are going to be silent.
pub(crate) const SHORT: Duration = Duration::from_millis(200);
/// Patience for guests that are going to answer.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// A guest that answers each request line as `answer` says.
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
            let (mut stream, _) = listener.accept().unwrap();
            for line in BufReader::new(stream.try_clone().unwrap()).split(b'\n').map_while(Result::ok) {
                answer(&String::from_utf8_lossy(&line), &mut stream);
            }
        });
        Guest { address: Address::Unix(path), _directory: directory }
    }

    /// A guest that syncs as it should, and answers to everything else with the bytes given.
    pub(crate) fn answering(bytes: &'static [u8]) -> Guest {
        Guest::new(move |line, stream| {
            if !sync(line, stream) {
                send(stream, bytes);
            }
        })
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    pub(crate) fn connect(&self, timeout: Duration) -> Result<Client, Error> {
        self.connect_with(Options { timeout, longest_reply: 1 << 20, silence: SHORT })
    }

    pub(crate) fn connect_with(&self, options: Options) -> Result<Client, Error> {
        Client::connect(&self.address, options)
    }
}

/// What a client that is gone no longer reads is its own affair.
pub(crate) fn send(stream: &mut UnixStream, bytes: &[u8]) {
    drop(stream.write_all(bytes));
}

pub(crate) fn sync(line: &str, stream: &mut UnixStream) -> bool {
    let Some((_, id)) = line.split_once("\"guest-sync-delimited\", \"arguments\": {\"id\": ") else {
        return false;
    };
    let answer = format!("{{\"return\": {}}}\n", id.trim_end_matches('}'));
    send(stream, &[b"\xff", answer.as_bytes()].concat());
    true
}
