//! Running programs in the guest.

use crate::schema::{Choice, Type};
use crate::{Base64, Command, Schema};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Starts a program in the guest and answers at once; guest-exec-status tells how it ended.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-exec", since = "2.5", returns = ExecStarted, effect = Exec)]
#[serde(rename_all = "kebab-case")]
pub struct Exec {
    /// The program: a path, or a name that is searched in PATH.
    #[command(logged)]
    pub path: String,
    /// What it is given after its own name.
    #[command(logged)]
    pub arg: Option<Vec<String>>,
    /// Its whole environment as `NAME=VALUE`; the agent's own when absent.
    #[command(logged = "names")]
    pub env: Option<Vec<String>>,
    /// What it reads from its standard input, which is empty when absent.
    pub input_data: Option<Base64>,
    /// Which of its output is kept, up to 16 MiB of each stream; nothing when absent.
    #[command(logged)]
    pub capture_output: Option<ExecCaptureOutput>,
}

/// A program that was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct ExecStarted {
    /// Its process id.
    pub pid: i64,
}

/// Tells whether a program has ended, and then, once, how and what it wrote.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-exec-status", since = "2.5", returns = ExecResult, effect = Exec, passive)]
pub struct ExecStatus {
    /// What guest-exec answered.
    #[command(logged)]
    pub pid: i64,
}

/// What is to be told of a program.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "kebab-case")]
pub struct ExecResult {
    /// The status it ended with, if it did so by itself.
    pub exitcode: Option<i64>,
    /// What it wrote to standard error, if that was kept and not empty.
    pub err_data: Option<Base64>,
    /// What it wrote to standard output, if that was kept and not empty.
    pub out_data: Option<Base64>,
    /// Whether it wrote more to standard error than is kept.
    pub err_truncated: Option<bool>,
    /// The signal that ended it.
    pub signal: Option<i64>,
    /// Whether it wrote more to standard output than is kept.
    pub out_truncated: Option<bool>,
    /// Whether it has ended and closed the output that is kept.
    pub exited: bool,
}

/// Which output is kept: a word, or as before 8.0 whether any is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum ExecCaptureOutput {
    /// `true` for both streams apart, `false` for none.
    Flag(bool),
    /// The word.
    Mode(ExecCaptureOutputMode),
}

/// Which output is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "kebab-case")]
pub enum ExecCaptureOutputMode {
    /// None.
    None,
    /// Only standard output.
    Stdout,
    /// Only standard error.
    Stderr,
    /// Both, apart.
    Separated,
    /// Both as one stream, told as standard output.
    Merged,
}

impl Schema for ExecCaptureOutput {
    const TYPE: Type = Type::Choice(&Choice {
        name: "ExecCaptureOutput",
        doc: "Which output is kept: a word, or as before 8.0 whether any is.",
        tag: None,
        branches: &[("flag", Type::Bool), ("mode", ExecCaptureOutputMode::TYPE)],
    });
}

impl<'de> Deserialize<'de> for ExecCaptureOutput {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ExecCaptureOutput, D::Error> {
        deserializer.deserialize_any(FlagOrMode)
    }
}

struct FlagOrMode;

impl Visitor<'_> for FlagOrMode {
    type Value = ExecCaptureOutput;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GuestExecCaptureOutput")
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<ExecCaptureOutput, E> {
        Ok(ExecCaptureOutput::Flag(flag))
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<ExecCaptureOutput, E> {
        ExecCaptureOutputMode::deserialize(de::value::StrDeserializer::new(word)).map(ExecCaptureOutput::Mode)
    }
}
