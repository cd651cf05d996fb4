//! The agent itself and the system it runs on.

use crate::{Command, Schema};
use serde::{Deserialize, Serialize};

/// Tells the agent's version and what it offers.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-info", since = "0.15.0", returns = AgentInfo, effect = Read, while_frozen)]
pub struct Info {}

/// What the agent is and offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct AgentInfo {
    /// The release of the reference agent whose behaviour this is.
    pub version: String,
    /// All commands, the last of the table first.
    pub supported_commands: Vec<CommandInfo>,
}

/// What a client may know of a command before it sends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "kebab-case")]
pub struct CommandInfo {
    /// Whether it may be sent now: not when it is blocked, or filesystems are frozen.
    pub enabled: bool,
    /// The command's name.
    pub name: String,
    /// Whether it answers when it succeeds.
    pub success_response: bool,
}
