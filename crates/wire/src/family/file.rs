//! Files of the guest.

use crate::schema::{Choice, Type};
use crate::{Base64, Command, Schema};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Opens a file in the guest and answers with a handle to it.
///
/// Handles are shared by all connections of the agent. Their numbers are not used twice, not even after the
/// agent was restarted; the handles themselves end with the agent.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-file-open", since = "0.15.0", returns = i64, effect = File)]
pub struct FileOpen {
    /// Path of the file inside the guest.
    #[command(logged)]
    pub path: String,
    /// How to open it, spelled as for fopen(3), read-only when absent. A file that is created gets the mode
    /// 0666 whatever the agent's umask.
    #[command(logged)]
    pub mode: Option<String>,
}

/// Closes a handle.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-file-close", since = "0.15.0", effect = File)]
pub struct FileClose {
    /// What guest-file-open answered.
    #[command(logged)]
    pub handle: i64,
}

/// Reads from where the handle stands.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-file-read", since = "0.15.0", returns = FileContent, effect = File, passive)]
pub struct FileRead {
    /// What guest-file-open answered.
    #[command(logged)]
    pub handle: i64,
    /// How many bytes to read at most: 4096 when absent, 50331648 (48 MiB) at most.
    #[command(logged)]
    pub count: Option<i64>,
}

/// A piece of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "kebab-case")]
pub struct FileContent {
    /// How many bytes were read.
    pub count: i64,
    /// The bytes.
    pub buf_b64: Base64,
    /// Whether the end was met. A read that ends right at the end has not met it yet.
    pub eof: bool,
}

/// Writes at where the handle stands.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-file-write", since = "0.15.0", returns = FileWritten, effect = File)]
#[serde(rename_all = "kebab-case")]
pub struct FileWrite {
    /// What guest-file-open answered.
    #[command(logged)]
    pub handle: i64,
    /// The bytes.
    pub buf_b64: Base64,
    /// How many of the bytes to write, the first ones: all when absent.
    #[command(logged)]
    pub count: Option<i64>,
}

/// What became of a write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct FileWritten {
    /// How many bytes were written: fewer than asked for only on a pipe that is full.
    pub count: i64,
    /// Always false.
    pub eof: bool,
}

/// Moves the place where the handle stands.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-file-seek", since = "0.15.0", returns = FilePosition, effect = File, passive)]
pub struct FileSeek {
    /// What guest-file-open answered.
    #[command(logged)]
    pub handle: i64,
    /// How far, in bytes; may be negative.
    #[command(logged)]
    pub offset: i64,
    /// From where.
    #[command(logged)]
    pub whence: FileWhence,
}

/// Where a handle stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct FilePosition {
    /// Always false.
    pub eof: bool,
    /// Bytes from the beginning of the file.
    pub position: i64,
}

/// Hands what was written to the guest's kernel. Nothing is held back, so there is nothing left to do.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-file-flush", since = "0.15.0", effect = File, passive)]
pub struct FileFlush {
    /// What guest-file-open answered.
    #[command(logged)]
    pub handle: i64,
}

/// From where a seek counts: a word, or its number as clients before 2.6 sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum FileWhence {
    /// The number: 0, 1 or 2 for the words in their order.
    Code(i64),
    /// The word.
    Name(Whence),
}

/// From where a seek counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "kebab-case")]
pub enum Whence {
    /// From the beginning of the file.
    Set,
    /// From where the handle stands.
    Cur,
    /// From the end of the file.
    End,
}

impl Schema for FileWhence {
    const TYPE: Type = Type::Choice(&Choice {
        name: "FileWhence",
        doc: "From where a seek counts: a word, or its number as clients before 2.6 sent it.",
        tag: None,
        branches: &[("code", Type::Int), ("name", Whence::TYPE)],
    });
}

impl<'de> Deserialize<'de> for FileWhence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<FileWhence, D::Error> {
        deserializer.deserialize_any(CodeOrName)
    }
}

struct CodeOrName;

impl Visitor<'_> for CodeOrName {
    type Value = FileWhence;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GuestFileWhence")
    }

    fn visit_i64<E: de::Error>(self, code: i64) -> Result<FileWhence, E> {
        Ok(FileWhence::Code(code))
    }

    fn visit_u64<E: de::Error>(self, code: u64) -> Result<FileWhence, E> {
        Err(E::invalid_type(de::Unexpected::Unsigned(code), &"integer"))
    }

    fn visit_f64<E: de::Error>(self, code: f64) -> Result<FileWhence, E> {
        Err(E::invalid_type(de::Unexpected::Float(code), &"integer"))
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<FileWhence, E> {
        Whence::deserialize(de::value::StrDeserializer::new(word)).map(FileWhence::Name)
    }
}
