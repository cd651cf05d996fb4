//! A client that speaks in bytes, so that it can say what no well-behaved client says.

use std::{
    fs,
    io::{ErrorKind, Read, Write},
    net::Shutdown,
    os::{fd::AsRawFd, unix::net::UnixStream},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use nix::{
    errno::Errno,
    sys::socket::{self, AddressFamily, SockFlag, SockType, UnixAddr},
};
use serde_json::{Value, json};

use crate::deadline::{patience, wait_until};

/// A connection to an agent's socket. Each reading function fails at its deadline, telling what came until
/// then and what the agent wrote to its log.
#[derive(Debug)]
pub struct Connection {
    stream: UnixStream,
    log: PathBuf,
    /// Read, but not asked for yet.
    pending: Vec<u8>,
}

impl Connection {
    /// Connects as soon as somebody listens.
    pub fn open(socket: &Path, log: &Path) -> Result<Connection> {
        let what = format!("somebody to listen at {}", socket.display());
        let stream = wait_until(&what, || connect(socket))?;
        stream.set_write_timeout(Some(patience()))?;
        Ok(Connection { stream, log: log.to_owned(), pending: Vec::new() })
    }

    /// Sends all of it.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.write_all(bytes).with_context(|| format!("cannot send to the agent{}", self.log_text()))
    }

    /// Sends a request and answers with the line that comes back, without its line feed.
    pub fn ask(&mut self, request: &str) -> Result<String> {
        self.send(request.as_bytes())?;
        self.line()
    }

    /// Calls a command and answers with what it returns; an error of the agent is an error.
    pub fn call(&mut self, command: &str, arguments: &Value) -> Result<Value> {
        let answer = self.answer(command, arguments)?;
        answer.get("return").cloned().with_context(|| format!("{command} is refused: {answer}"))
    }

    /// Calls a command that must fail and answers with the agent's reason.
    pub fn call_refused(&mut self, command: &str, arguments: &Value) -> Result<String> {
        let answer = self.answer(command, arguments)?;
        let reason = answer.pointer("/error/desc").and_then(Value::as_str);
        Ok(reason.with_context(|| format!("{command} is not refused: {answer}"))?.to_owned())
    }

    fn answer(&mut self, command: &str, arguments: &Value) -> Result<Value> {
        self.send(format!("{}\n", json!({"execute": command, "arguments": arguments})).as_bytes())?;
        Ok(serde_json::from_str(&self.line()?)?)
    }

    /// Tells the agent that nothing more will be sent.
    pub fn finish_sending(&self) -> Result<()> {
        Ok(self.stream.shutdown(Shutdown::Write)?)
    }

    /// The next line, without its line feed; byte 0xFF in front of it becomes U+FFFD.
    pub fn line(&mut self) -> Result<String> {
        let mut line = self.lines(1)?;
        ensure!(line.pop() == Some(b'\n'), "a line without an end");
        Ok(String::from_utf8_lossy(&line).into_owned())
    }

    /// The next so many lines with their line feeds.
    pub fn lines(&mut self, count: usize) -> Result<Vec<u8>> {
        let deadline = Instant::now() + patience();
        let (mut seen, mut lines) = (0, 0);
        while lines < count {
            let new = self.pending.iter().skip(seen).position(|byte| *byte == b'\n');
            if let Some(position) = new {
                lines += 1;
                seen += position + 1;
            } else {
                seen = self.pending.len();
                self.read_before(deadline).with_context(|| self.complaint(&format!("{count} lines")))?;
            }
        }
        Ok(self.pending.drain(..seen).collect())
    }

    /// All that comes until the agent closes the connection.
    pub fn rest(&mut self) -> Result<Vec<u8>> {
        let deadline = Instant::now() + patience();
        while self.receive(deadline).with_context(|| self.complaint("the end of the connection"))? > 0 {}
        Ok(std::mem::take(&mut self.pending))
    }

    /// Sees that nothing comes for so long.
    pub fn nothing_for(&mut self, time: Duration) -> Result<()> {
        let deadline = Instant::now() + time;
        if self.pending.is_empty() && self.is_silent_until(deadline)? {
            return Ok(());
        }
        bail!("{}", self.complaint("nothing"))
    }

    /// Sees that nothing more came up to now.
    pub fn nothing_more(&mut self) -> Result<()> {
        ensure!(self.pending.is_empty(), "{}", self.complaint("nothing more"));
        self.stream.set_nonblocking(true)?;
        let silent = self.is_silent_until(Instant::now() + patience());
        self.stream.set_nonblocking(false)?;
        ensure!(silent?, "{}", self.complaint("nothing more"));
        Ok(())
    }

    fn is_silent_until(&mut self, deadline: Instant) -> Result<bool> {
        match self.receive(deadline) {
            Ok(_) => Ok(false),
            Err(error) => match error.downcast_ref::<std::io::Error>().map(std::io::Error::kind) {
                Some(ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(true),
                _ => Err(error),
            },
        }
    }

    fn read_before(&mut self, deadline: Instant) -> Result<()> {
        ensure!(self.receive(deadline)? > 0, "the agent closed the connection");
        Ok(())
    }

    /// Adds what is there to `pending`, waiting for it if need be; 0 means that the agent closed the connection.
    fn receive(&mut self, deadline: Instant) -> Result<usize> {
        let left = deadline.saturating_duration_since(Instant::now());
        // A time of zero would mean no limit.
        self.stream.set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
        let mut piece = vec![0; 1 << 18];
        let length = self.stream.read(&mut piece)?;
        self.pending.extend(piece.iter().take(length));
        Ok(length)
    }

    fn complaint(&self, wanted: &str) -> String {
        let start: Vec<u8> = self.pending.iter().take(1000).copied().collect();
        let came = start.escape_ascii();
        format!("wanted {wanted}, had {} bytes: {came}{}", self.pending.len(), self.log_text())
    }

    fn log_text(&self) -> String {
        match fs::read(&self.log) {
            Ok(log) if !log.is_empty() => format!("\nlog of the agent:\n{}", String::from_utf8_lossy(&log)),
            _ => String::new(),
        }
    }
}

/// Connects if that is possible at once; a full backlog would hold up a blocking attempt for ever.
fn connect(path: &Path) -> Result<Option<UnixStream>> {
    let new = socket::socket(
        AddressFamily::Unix,
        SockType::Stream,
        SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC,
        None,
    )?;
    match socket::connect(new.as_raw_fd(), &UnixAddr::new(path)?) {
        Ok(()) => {
            let stream = UnixStream::from(new);
            stream.set_nonblocking(false)?;
            Ok(Some(stream))
        }
        Err(Errno::ENOENT | Errno::ECONNREFUSED | Errno::EAGAIN) => Ok(None),
        Err(error) => Err(error).context("cannot connect"),
    }
}
