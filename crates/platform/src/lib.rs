//! The operating system, as the agent's commands need it.
//!
//! Map: [`Os`] is what a command is given; [`Root`] reads the files that the kernel and the distribution
//! provide; each family of commands has a module of its name with plain functions that read, and a trait
//! where something is changed that a test must not change; `fake` has the stand-ins for these. [`process`],
//! [`store`], [`Syslog`] and [`Journal`] are what the agent itself runs on; [`port`], [`processes`], [`confinement`]
//! and [`service`] tell what may keep it from running.
//!
//! Invariants: no request and no reply is known here; `unsafe` stands in files named `sys.rs` only; every
//! path that names a file of the system goes through a [`Root`], so that a test can lay a tree of its own;
//! the agent's own files are where its configuration says, and in [`store`].

pub mod account;
pub mod calls;
pub mod capability;
pub mod confidential;
pub mod confinement;
pub mod cpu;
mod error;
pub mod exec;
#[cfg(any(test, feature = "fake"))]
pub mod fake;
pub mod file;
pub mod freeze;
pub mod guardian;
pub mod helper;
mod journal;
pub mod memory;
pub mod mounts;
pub mod network;
mod os;
pub mod port;
pub mod power;
pub mod process;
pub mod processes;
mod root;
pub mod service;
mod spare;
pub mod ssh;
pub mod storage;
pub mod store;
mod syslog;
pub mod system;
pub mod time;

pub use error::{Error, Result, strerror};
pub use journal::{Field, Journal};
pub use os::Os;
pub use root::Root;
pub use syslog::Syslog;
