//! The protocol of the QEMU guest agent: its JSON dialect, its commands and types, errors as sent.
//!
//! Map, in the order to read: [`command`](Command) and [`schema`] say what a declaration is, `family` holds
//! the declarations, [`list`] names them all once; [`json`] reads and writes the dialect, [`decode`] turns
//! what was read into types, [`envelope`] and [`reply`] are the two ends of an exchange.
//!
//! [`audit`] says what of a request an audit may tell.
//!
//! Invariants: no I/O, no unsafe, and no input makes anything here panic.
#![forbid(unsafe_code)]

extern crate self as qga_wire;

pub mod audit;
mod base64;
mod command;
pub mod decode;
pub mod envelope;

pub mod family;
pub mod json;
pub mod list;
pub mod reply;

pub mod schema;

pub use base64::{Base64, Base64Error};
pub use command::{Command, Declaration, Effect, Empty};
pub use qga_derive::{Command, Schema};
pub use schema::Schema;

/// The release of the reference agent that this one is compatible with, as guest-info tells it.
pub const COMPATIBLE_VERSION: &str = "11.1.3";
