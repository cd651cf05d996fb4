//! The host's end of the guest agent protocol.
//!
//! Map, in the order to read: [`Client`] is what most programs need, calls that wait for their answer;
//! `file` adds files of any size to it, `exec` programs run to their end, [`Pipeline`] requests that do not wait
//! for each other. [`Link`] is what carries the bytes; below is [`protocol`], the exchange without I/O. With the
//! feature `tokio` the module of that name has calls that are awaited, over the same exchange. [`Error`] is what can
//! go wrong.
//!
//! Invariants: whatever the guest sends, a call ends by its deadline, and memory stays bounded by
//! [`Options::longest_reply`]. Nothing here depends on the operating system. Texts of the guest are handed on
//! as they came: who prints them has to escape them.
#![forbid(unsafe_code)]

mod call;
mod client;
mod error;
mod exec;
mod file;
mod ids;
mod link;
mod options;
mod pipeline;
mod reply;
mod request;

pub mod protocol;
#[cfg(feature = "tokio")]
pub mod tokio;

/// The chapter of the book about this crate: its examples are tests, too.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/library.md")]
pub struct Chapter;

pub use client::Client;
pub use error::{Error, Violation};
pub use file::{FileError, GuestFile, PIECE, Piece, UNDER_WAY};
pub use link::Link;
pub use options::Options;
pub use pipeline::Pipeline;
pub use qga_transport::{Address, AddressError};
