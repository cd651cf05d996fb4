//! Starts agents, talks to them in bytes, and replays recorded exchanges against them.
//!
//! Map: [`Start`] starts an [`Agent`] of some [`program`] in a [`Scratch`] directory, a [`Connection`] talks to
//! it. [`transcript`] replays recorded sessions, [`difference`] reads where ours answers something else on
//! purpose, [`example`] the exchanges that the documentation shows. [`cache`] says where the reference agent is. [`fixture`] lays file trees that stand for a
//! system, [`SilentFiles`] are files that never answer.
//!
//! Invariants: an agent started here can do this machine no harm, as it runs as a user without privileges.
//! Nothing waits for a time to pass, only for events, and for those with a deadline; the one exception is to
//! see that nothing comes.
#![forbid(unsafe_code)]

mod agent;
mod connection;
mod deadline;
mod footprint;
mod process;
mod scratch;
mod silent;
mod start;

pub mod cache;
pub mod difference;
pub mod example;
pub mod fixture;
pub mod program;
pub mod transcript;

pub use agent::Agent;
pub use connection::Connection;
pub use deadline::{patience, wait_until};
pub use footprint::Footprint;
pub use process::Ended;
pub use scratch::Scratch;
pub use silent::SilentFiles;
pub use start::{DANGEROUS, Start};

/// The environment variable that tells the soaks how many programs or commands the agent is to run.
pub const SOAK: &str = "QGA_SOAK";
