//! The host: sends bytes and counts what comes, with as little of its own as possible.

use anyhow::{Context, Result, ensure};
use std::{
    io::{BufRead, BufReader, Read, Write},
    os::unix::net::UnixStream,
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// The slowest line of the reference agent takes a quarter of this.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection to an agent.
#[derive(Debug)]
pub(crate) struct Client {
    stream: UnixStream,
    /// As long as there is room; what came is at its start.
    buffer: Vec<u8>,
    came: usize,
}

impl Client {
    pub(crate) fn connect(socket: &Path) -> Result<Client> {
        Client::over(UnixStream::connect(socket)?)
    }

    pub(crate) fn over(stream: UnixStream) -> Result<Client> {
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Client { stream, buffer: vec![0; 1 << 20], came: 0 })
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.stream.write_all(bytes)?)
    }

    /// Sends a part of `bytes`, as many as the agent takes without being read from; tells how many.
    pub(crate) fn send_some(&mut self, bytes: &[u8]) -> Result<usize> {
        self.stream.set_nonblocking(true)?;
        let sent = self.stream.write(bytes);
        self.stream.set_nonblocking(false)?;
        match sent {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(0),
            sent => Ok(sent?),
        }
    }

    /// Sends `input` and takes what comes meanwhile, until a piece of that satisfies `last`.
    pub(crate) fn exchange(&mut self, input: &[u8], last: impl Fn(&[u8]) -> bool) -> Result<()> {
        let mut sending = self.stream.try_clone()?;
        thread::scope(|scope| {
            scope.spawn(move || sending.write_all(input));
            loop {
                let new = self.stream.read(&mut self.buffer).context("no answer")?;
                ensure!(new > 0, "the agent closed the connection");
                if last(self.buffer.get(..new).unwrap_or_default()) {
                    return Ok(());
                }
            }
        })
    }

    /// What comes, to be taken line by line.
    pub(crate) fn answers(&self) -> Result<impl BufRead + use<>> {
        Ok(BufReader::with_capacity(256 << 10, self.stream.try_clone()?))
    }

    /// Waits for one line, which is all that comes; with its line feed.
    pub(crate) fn line(&mut self) -> Result<&[u8]> {
        self.lines(1)
    }

    /// Waits for so many lines, which are all that comes.
    pub(crate) fn lines(&mut self, count: usize) -> Result<&[u8]> {
        self.came = 0;
        let mut lines = 0;
        while lines < count {
            if self.came == self.buffer.len() {
                self.buffer.resize(self.came * 2, 0);
            }
            let room = self.buffer.get_mut(self.came..).unwrap_or_default();
            let new = self.stream.read(room).context("no answer")?;
            ensure!(new > 0, "the agent closed the connection");
            lines += memchr::memchr_iter(b'\n', room.get(..new).unwrap_or_default()).count();
            self.came += new;
        }
        Ok(self.buffer.get(..self.came).unwrap_or_default())
    }

    /// Sends a request and waits for its answer, which must not be an error.
    pub(crate) fn call(&mut self, request: &str) -> Result<&[u8]> {
        self.send(request.as_bytes())?;
        let line = self.line()?;
        let text = || String::from_utf8_lossy(line.get(..300.min(line.len())).unwrap_or_default());
        ensure!(line.starts_with(b"{\"return\"") || line.starts_with(b"\xFF"), "refused: {}", text());
        Ok(line)
    }

    /// The same; how long it took.
    pub(crate) fn timed(&mut self, request: &str) -> Result<Duration> {
        let start = Instant::now();
        self.call(request)?;
        Ok(start.elapsed())
    }

    /// The whole number that a call returns.
    pub(crate) fn number(&mut self, request: &str) -> Result<i64> {
        let line = self.call(request)?;
        let value: serde_json::Value = serde_json::from_slice(line)?;
        let returned =
            value.get("return").and_then(|returned| returned.get("pid").unwrap_or(returned).as_i64());
        returned.context("no number came back")
    }
}

/// The middle of `values`.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

pub(crate) fn microseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Bytes over a time, in MB/s.
#[expect(clippy::cast_precision_loss, reason = "no load comes near 2^52 bytes")]
pub(crate) fn megabytes_per_second(bytes: usize, time: Duration) -> f64 {
    bytes as f64 / time.as_secs_f64() / 1e6
}
