//! Channels that the library does not know.

use crate::guest::{Guest, LONG, NOTHING, SHORT, options, send};
use qga_client::{Address, Client, Error, FileError, Link};
use qga_wire::family::sync::{Ping, Sync};
use qga_wire::json::Value;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// Keeps back what is written until it is flushed, is interrupted all the time, waits as sockets do, and takes no
/// long requests.
struct Own {
    stream: io::BufWriter<UnixStream>,
    was_interrupted: bool,
}

impl Own {
    fn to(guest: &Guest) -> Own {
        let Address::Unix(path) = guest.address() else { panic!("no socket") };
        let stream = io::BufWriter::new(UnixStream::connect(path).unwrap());
        Own { stream, was_interrupted: false }
    }

    fn interrupt(&mut self) -> io::Result<()> {
        self.was_interrupted = !self.was_interrupted;
        if self.was_interrupted { Err(ErrorKind::Interrupted.into()) } else { Ok(()) }
    }
}

impl Read for Own {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.interrupt()?;
        self.stream.get_mut().read(room)
    }
}

impl Write for Own {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.interrupt()?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl Link for Own {
    fn set_deadline(&mut self, deadline: Option<Instant>) {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let left = left.map(|left| left.max(Duration::from_millis(1)));
        self.stream.get_ref().set_read_timeout(left).unwrap();
    }

    fn longest_request(&self) -> usize {
        200
    }
}

#[test]
fn a_link_may_keep_back_what_is_written_until_it_is_flushed() {
    let mut client = Client::over(Box::new(Own::to(&Guest::echo())), "own".into(), options(LONG)).unwrap();
    assert_eq!(client.call(&Sync { id: 5 }).unwrap(), 5);
}

#[test]
fn a_link_that_waits_as_sockets_do_keeps_the_deadline() {
    let silent = Guest::new(|_, _| ());
    let error = Client::over(Box::new(Own::to(&silent)), "own".into(), options(SHORT)).err().unwrap();
    assert!(matches!(error, Error::TimedOut { .. }), "{error:?}");
}

#[test]
fn a_link_that_takes_no_long_requests_is_told_so_and_the_next_call_works() {
    let guest = Guest::syncing(|line, stream| {
        send(stream, if line.contains("open") { b"{\"return\": 1000}\n" } else { NOTHING });
    });
    let mut client = Client::over(Box::new(Own::to(&guest)), "own".into(), options(LONG)).unwrap();
    let text = Value::Object(vec![("text".into(), Value::String("x".repeat(200)))]);
    assert!(matches!(client.call_raw("x", Some(&text)), Err(Error::Unsendable { .. })));
    client.call(&Ping {}).unwrap();
    // A piece of a file that fits is not an empty one.
    let error = client.write_file("/x", &mut &b"text"[..], |_| ()).unwrap_err();
    assert!(matches!(error, FileError::Agent(Error::Protocol { .. })), "{error:?}");
}

/// Takes a byte at a time, as fast as they come.
struct Drip(Own);

impl Read for Drip {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.0.read(room)
    }
}

impl Write for Drip {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        std::thread::sleep(Duration::from_millis(1));
        self.0.write(bytes.get(..1).unwrap_or_default())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Link for Drip {
    fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.0.set_deadline(deadline);
    }
}

#[test]
fn a_request_that_is_taken_by_drips_ends_at_the_deadline() {
    let link = Drip(Own::to(&Guest::syncing(|_, _| ())));
    let mut client = Client::over(Box::new(link), "drip".into(), options(LONG)).unwrap();
    client.set_timeout(SHORT);
    let start = Instant::now();
    let text = Value::Object(vec![("text".into(), Value::String("x".repeat(1 << 20)))]);
    assert!(matches!(client.call_raw("x", Some(&text)), Err(Error::TimedOut { .. })));
    assert!(start.elapsed() < LONG / 2);
}
