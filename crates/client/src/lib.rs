//! The host's end of the guest agent protocol.
//!
//! Map, in the order to read: [`protocol`] is the exchange without I/O; [`Error`] is what can go wrong.
//!
//! Invariants: whatever the guest sends, a call ends by its deadline, and memory stays bounded by the
//! longest reply. Nothing here depends on the operating system.
#![forbid(unsafe_code)]

mod error;

pub mod protocol;

pub use error::{Error, Violation};
