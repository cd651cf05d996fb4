//! The host's end of the guest agent protocol.
//!
//! Map, in the order to read: [`Client`] is what most programs need, calls that wait for their answer;
//! `file` adds files of any size to it, `exec` programs run to their end, [`Pipeline`] requests that do not wait
//! for each other. [`Link`] is what carries the bytes; below is [`protocol`], the exchange without I/O. With the
//! feature `tokio` the module of that name has calls that are awaited, over the same exchange. [`Error`] is what can
//! go wrong.
//!
//! ```no_run
//! use qga_client::qga_wire::family::time::GetTime;
//! use qga_client::{Client, Options};
//!
//! let mut client = Client::connect(&"unix:/run/guest.sock".parse()?, Options::default())?;
//! println!("{} ns since 1970", client.call(&GetTime {})?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The directory `examples` has programs to begin with: a freeze with a thaw whatever happens, output of a program while
//! it runs, copies, many guests at once.
//!
//! Invariants: whatever the guest sends, a call ends by its deadline, and memory stays bounded: by
//! [`Options::longest_reply`] for the line, and by the two million tokens that the parser takes of it. Nothing here
//! depends on the operating system. Texts of the guest are handed on as they came: who prints them has to escape them.
#![forbid(unsafe_code)]
#![warn(missing_debug_implementations)]

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
pub use file::{FileError, GuestFile, Piece};
pub use link::Link;
pub use options::Options;
pub use pipeline::Pipeline;
pub use qga_transport::{Address, AddressError};
/// The commands as types, and what they answer, in [`family`](qga_wire::family).
pub use qga_wire;
