//! Recorded exchanges, in the form that `tests/transcripts/README.md` explains.
//!
//! Map: this file holds the form, [`placeholder`] fills in what varies by run, [`pattern`] compares what varies
//! by machine, [`answer`] judges an answer, [`replay`] runs a session.

pub mod answer;
pub mod pattern;
pub mod placeholder;
pub mod replay;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;

use crate::scratch::Item;

/// Exchanges that run in order on one agent.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its name in the file.
    pub name: String,
    /// At least one.
    pub exchanges: Vec<Exchange>,
}

/// One thing sent and what must come back.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent fields of the recorded form")]
pub struct Exchange {
    /// Names the exchange among all of all files.
    pub name: String,
    /// The session it belongs to; one of its own when absent.
    pub session: Option<String>,
    /// For readers.
    pub note: Option<String>,
    /// What to send.
    #[serde(default, rename = "send_b64")]
    pub send: Bytes,
    /// What to send after that, each piece repeated.
    #[serde(default)]
    pub send_repeat: Vec<Piece>,
    /// Exactly what must come back.
    #[serde(rename = "expect_b64")]
    pub expect_bytes: Option<Bytes>,
    /// The lines that must come back, as patterns.
    #[serde(rename = "expect_json")]
    pub expect_patterns: Option<Vec<Value>>,
    /// Whether the agent closes the connection after the answer.
    #[serde(default)]
    pub expect_close: bool,
    /// Shut down the sending side after sending.
    #[serde(default)]
    pub half_close: bool,
    /// Close and open the connection before sending.
    #[serde(default)]
    pub reconnect: bool,
    /// End and start the agent before sending.
    #[serde(default)]
    pub restart_agent: bool,
    /// Milliseconds to wait before sending.
    #[serde(default)]
    pub delay_ms: u64,
    /// Send again until a process has exited; only the last answer counts.
    #[serde(default)]
    pub poll: bool,
    /// Values of the answer to remember: by name, the path that leads to each.
    #[serde(default)]
    pub capture: placeholder::Captures,
    /// How to start the agent; on the first exchange of a session.
    #[serde(default)]
    pub agent: AgentOptions,
    /// What to create before the start; on the first exchange of a session.
    #[serde(default)]
    pub setup: Vec<Item>,
    /// Files to look at after the answer.
    #[serde(default)]
    pub check_files: Vec<FileCheck>,
    /// `unprivileged`, or a path that must exist on the machine.
    pub requires: Option<String>,
    /// What earlier releases of the reference agent answered.
    #[serde(default)]
    pub older: BTreeMap<String, String>,
    /// `vm` where the session needs a virtual machine of its own.
    pub environment: Option<String>,
    /// Disks and mounts it needs there, in words.
    pub layout: Option<String>,
    /// The freeze hook it needs there, in words.
    pub hook: Option<String>,
    /// The stand-in for system programs that it needs there, in words.
    pub fake: Option<String>,
    /// A command line for the virtual machine's shell, run before sending.
    pub guest_sh: Option<String>,
    /// What it prints.
    pub guest_sh_output: Option<String>,
}

/// Additions to an agent's command line and environment.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentOptions {
    /// Arguments.
    #[serde(default)]
    pub args: Vec<String>,
    /// Variables.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
}

/// Bytes to send many times.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    /// The bytes.
    #[serde(rename = "b64")]
    pub bytes: Bytes,
    /// How many times.
    pub times: usize,
}

/// What must be true of a file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileCheck {
    /// Where, relative to the scratch directory.
    pub path: PathBuf,
    /// Whether it exists.
    #[serde(default = "yes")]
    pub exists: bool,
    /// What it contains.
    #[serde(rename = "content_b64")]
    pub content: Option<Bytes>,
    /// Its permission bits in octal.
    pub mode: Option<String>,
}

fn yes() -> bool {
    true
}

/// Bytes that are written in base64.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(Bytes).map_err(D::Error::custom)
    }
}

/// Reads a file of exchanges; those of one session stand together.
pub fn read(path: &Path) -> Result<Vec<Session>> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(&text).with_context(|| format!("in {}", path.display()))
}

fn parse(text: &str) -> Result<Vec<Session>> {
    let mut sessions: Vec<Session> = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let exchange: Exchange =
            serde_json::from_str(line).with_context(|| format!("line {}", number + 1))?;
        let name = exchange.session.as_ref().unwrap_or(&exchange.name).clone();
        match sessions.last_mut() {
            Some(last) if last.name == name => last.exchanges.push(exchange),
            _ => sessions.push(Session { name, exchanges: vec![exchange] }),
        }
    }
    Ok(sessions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exchanges_of_one_session_stand_together() {
        let text = r#"{"name": "a/1", "session": "a", "send_b64": "eA=="}
            {"name": "a/2", "session": "a"}
            {"name": "b", "expect_b64": ""}"#;

        let sessions = parse(text).unwrap();

        let names: Vec<_> = sessions.iter().map(|session| session.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(sessions[0].exchanges.len(), 2);
        assert_eq!(sessions[0].exchanges[0].send, Bytes(b"x".to_vec()));
    }
}
