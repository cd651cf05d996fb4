//! Reading and writing of a QEMU socket with a deadline.

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};
use std::{
    io::{ErrorKind, Read, Write},
    net::Shutdown,
    os::unix::net::UnixStream,
    path::Path,
    time::{Duration, Instant},
};

/// The line that asks QEMU or the agent to run a command: both speak the same protocol.
pub(crate) fn request(command: &str, arguments: Value) -> Vec<u8> {
    let members = [("execute".to_owned(), command.into()), ("arguments".to_owned(), arguments)];
    format!("{}\n", Value::Object(Map::from_iter(members))).into_bytes()
}

/// A connection to one of the guest's sockets, and what came on it and was not asked for yet.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: UnixStream,
    received: Vec<u8>,
}

impl Socket {
    pub(crate) fn connect(path: &Path) -> Result<Self> {
        let stream =
            UnixStream::connect(path).with_context(|| format!("cannot connect to {}", path.display()))?;
        Ok(Self { stream, received: Vec::new() })
    }

    pub(crate) fn send(&mut self, bytes: &[u8], deadline: Instant) -> Result<()> {
        self.stream.set_write_timeout(Some(left(deadline)?))?;
        self.stream.write_all(bytes).context("cannot write to the guest's socket")
    }

    /// Ends the connection for both sides.
    pub(crate) fn hang_up(&self) -> Result<()> {
        self.stream.shutdown(Shutdown::Both).context("cannot close the guest's socket")
    }

    /// Everything up to the first line end, without it.
    pub(crate) fn line(&mut self, deadline: Instant) -> Result<Vec<u8>> {
        loop {
            if let Some(end) = self.received.iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.received.drain(..=end).collect();
                line.pop();
                return Ok(line);
            }
            self.receive(deadline)?;
        }
    }

    /// Takes what has come so far and what comes until nothing came for so long.
    pub(crate) fn until_quiet(&mut self, quiet: Duration) -> Result<Vec<u8>> {
        while self.wait(quiet)? {}
        Ok(std::mem::take(&mut self.received))
    }

    /// Waits for more bytes; fewer than none means that QEMU is gone.
    pub(crate) fn receive(&mut self, deadline: Instant) -> Result<()> {
        if !self.wait(left(deadline)?)? {
            bail!("nothing came in time; received so far: {:?}", String::from_utf8_lossy(&self.received));
        }
        Ok(())
    }

    /// Reads once; false if nothing came in that time.
    fn wait(&mut self, time: Duration) -> Result<bool> {
        self.stream.set_read_timeout(Some(time))?;
        let mut piece = vec![0; 1 << 16];
        match self.stream.read(&mut piece) {
            Ok(0) => bail!("QEMU has closed the socket"),
            Ok(count) => {
                self.received.extend(piece.iter().take(count));
                Ok(true)
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(false),
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(true),
            Err(error) => Err(error).context("cannot read from the guest's socket"),
        }
    }
}

/// The time that is left; an error when there is none.
fn left(deadline: Instant) -> Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        bail!("no time left");
    }
    Ok(left)
}
