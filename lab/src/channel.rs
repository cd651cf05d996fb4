//! The host's end of the agent's channel. Written apart from the project's own client, so that a mistake in that
//! one does not hide the same mistake in the agent.

use crate::socket::{self, Socket};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::{
    fmt,
    path::Path,
    time::{Duration, Instant},
};

/// The answer of an agent that did not do what it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// `GenericError` or `CommandNotFound`.
    pub class: String,
    /// The text for people.
    pub description: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.class, self.description)
    }
}

impl std::error::Error for Refusal {}

/// A connection of the host to the port.
#[derive(Debug)]
pub struct Channel {
    socket: Socket,
    syncs: u64,
}

impl Channel {
    /// Connects; whether an agent is there shows with the first answer.
    pub fn connect(path: &Path) -> Result<Self> {
        Ok(Self { socket: Socket::connect(path)?, syncs: 7_000 })
    }

    /// Lets go of the port, so that another program of this host can have it.
    pub fn hang_up(&self) -> Result<()> {
        self.socket.hang_up()
    }

    /// Makes sure that the next answer belongs to the next request: what came before is thrown away. Asks once a second,
    /// as a serial port loses what is sent before the agent has opened it.
    pub fn sync(&mut self, time: Duration) -> Result<()> {
        let deadline = Instant::now() + time;
        loop {
            let result = self.sync_once(deadline.min(Instant::now() + Duration::from_secs(1)));
            if result.is_ok() || Instant::now() >= deadline {
                return result.context("no answer to guest-sync-delimited");
            }
        }
    }

    fn sync_once(&mut self, deadline: Instant) -> Result<()> {
        self.syncs += 1;
        let id = self.syncs;
        self.socket.send(b"\xFF", deadline)?;
        self.post("guest-sync-delimited", json!({ "id": id }))?;
        loop {
            let line = self.socket.line(deadline)?;
            let marked = line.iter().rposition(|byte| *byte == 0xFF).and_then(|mark| line.get(mark + 1..));
            let Some(answer) = marked else { continue };
            if serde_json::from_slice::<Value>(answer)? == json!({ "return": id }) {
                return Ok(());
            }
        }
    }

    /// Sends a request and gives the value returned, or a [`Refusal`] as the error.
    pub fn call(&mut self, command: &str, arguments: Value, time: Duration) -> Result<Value> {
        self.post(command, arguments)?;
        self.answer(time).with_context(|| format!("{command} failed"))
    }

    /// Sends a request whose answer is asked for later, or never.
    pub fn post(&mut self, command: &str, arguments: Value) -> Result<()> {
        self.send(&socket::request(command, arguments))
    }

    /// Sends these bytes as they are.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.socket.send(bytes, Instant::now() + Duration::from_secs(60))
    }

    /// The next answer: the value returned, or a [`Refusal`] as the error.
    pub fn answer(&mut self, time: Duration) -> Result<Value> {
        let line = self.line(time)?;
        let mut message: Value = serde_json::from_slice(&line)
            .with_context(|| format!("not JSON: {:?}", String::from_utf8_lossy(&line)))?;
        if let Some(value) = message.get_mut("return") {
            return Ok(value.take());
        }
        let text = |key: &str| {
            let text = message.get("error").and_then(|error| error.get(key)).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        bail!(Refusal { class: text("class"), description: text("desc") });
    }

    /// The next line as it comes, without the line end.
    pub fn line(&mut self, time: Duration) -> Result<Vec<u8>> {
        self.socket.line(Instant::now() + time)
    }

    /// Waits for the first bytes of an answer, which may be long.
    pub fn some(&mut self, time: Duration) -> Result<()> {
        self.socket.receive(Instant::now() + time)
    }

    /// Everything that comes until nothing comes for so long.
    pub fn until_quiet(&mut self, quiet: Duration) -> Result<Vec<u8>> {
        self.socket.until_quiet(quiet)
    }
}
