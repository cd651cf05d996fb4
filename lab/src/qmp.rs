//! QEMU's own control channel.

use crate::socket::{self, Socket};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// How long QEMU may take for an answer.
const ANSWER: Duration = Duration::from_secs(60);

/// A connection to QEMU, past its greeting.
#[derive(Debug)]
pub struct Qmp {
    socket: Socket,
    events: Vec<Value>,
}

impl Qmp {
    /// Connects to the socket of `-mon mode=control`.
    pub fn connect(path: &Path) -> Result<Self> {
        let mut qmp = Self { socket: Socket::connect(path)?, events: Vec::new() };
        qmp.socket.line(Instant::now() + ANSWER).context("QEMU does not greet")?;
        qmp.call("qmp_capabilities", json!({}))?;
        Ok(qmp)
    }

    /// Runs a command of QEMU and gives its return value.
    pub fn call(&mut self, command: &str, arguments: Value) -> Result<Value> {
        let deadline = Instant::now() + ANSWER;
        self.socket.send(&socket::request(command, arguments), deadline)?;
        loop {
            let mut message = self.message(deadline).with_context(|| format!("no answer to {command}"))?;
            if let Some(value) = message.get_mut("return") {
                return Ok(value.take());
            }
            if let Some(error) = message.get("error") {
                bail!("QEMU refuses {command}: {error}");
            }
            self.events.push(message);
        }
    }

    /// Waits for an event that was not waited for before, and gives its data.
    pub fn wait_for_event(&mut self, name: &str, time: Duration) -> Result<Value> {
        let deadline = Instant::now() + time;
        loop {
            if let Some(position) = self.events.iter().position(|event| is_event(event, name)) {
                return Ok(self.events.remove(position).get("data").cloned().unwrap_or_default());
            }
            let message = self.message(deadline).with_context(|| {
                format!("waited for event {name}; events not waited for: {}", json!(self.events))
            })?;
            self.events.push(message);
        }
    }

    /// Whether the event has come, and was not waited for, up to now.
    pub fn has_event(&mut self, name: &str) -> Result<bool> {
        self.call("query-status", json!({}))?;
        Ok(self.events.iter().any(|event| is_event(event, name)))
    }

    fn message(&mut self, deadline: Instant) -> Result<Value> {
        let line = self.socket.line(deadline)?;
        Ok(serde_json::from_slice(&line)?)
    }
}

fn is_event(message: &Value, name: &str) -> bool {
    message.get("event").is_some_and(|event| event == name)
}
