//! The agent itself and the system it runs on.

use crate::{Command, Schema};
use serde::{Deserialize, Serialize};

/// Tells the agent's version and what it offers.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-info", since = "0.15.0", returns = AgentInfo, effect = Basic, while_frozen)]
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

/// Tells the guest's host name.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-get-host-name", since = "2.10", returns = HostName, effect = Read)]
pub struct GetHostName {}

/// The name that the guest has given itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "kebab-case")]
pub struct HostName {
    /// As `uname -n` tells it, with or without a domain.
    pub host_name: String,
}

/// Tells who is logged in, each user once, in the order of the guest's record of logins.
///
/// A guest that keeps no such record (utmp) answers an empty list.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-get-users", since = "2.10", returns = Vec<User>, effect = Read)]
pub struct GetUsers {}

/// Somebody who is logged in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "kebab-case")]
pub struct User {
    /// When the oldest of the user's sessions began, in seconds since 1970, UTC.
    pub login_time: f64,
    /// The Windows domain; absent elsewhere.
    pub domain: Option<String>,
    /// The user's name.
    pub user: String,
}

/// Tells which time the guest's clocks on the wall show now.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-get-timezone", since = "2.10", returns = Timezone, effect = Read)]
pub struct GetTimezone {}

/// The zone that is in force now: daylight saving counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct Timezone {
    /// Its abbreviation, such as `CET`.
    pub zone: Option<String>,
    /// Seconds ahead of UTC; negative west of it.
    pub offset: i64,
}

/// Tells which kernel and which distribution the guest runs.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-get-osinfo", since = "2.10", returns = OsInfo, effect = Read)]
pub struct GetOsinfo {}

/// What the guest runs: the kernel's own words, and those of os-release(5) as far as the distribution says
/// them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "kebab-case")]
pub struct OsInfo {
    /// The distribution's name.
    pub name: Option<String>,
    /// The kernel's release, as `uname -r` tells it.
    pub kernel_release: Option<String>,
    /// The distribution's version, for people.
    pub version: Option<String>,
    /// The edition, for people.
    pub variant: Option<String>,
    /// Name and version, for people.
    pub pretty_name: Option<String>,
    /// The distribution's version, for programs.
    pub version_id: Option<String>,
    /// The edition, for programs.
    pub variant_id: Option<String>,
    /// The kernel's build, as `uname -v` tells it.
    pub kernel_version: Option<String>,
    /// The machine's architecture, as `uname -m` tells it.
    pub machine: Option<String>,
    /// The distribution's name, for programs.
    pub id: Option<String>,
}
