//! The daemon.
//!
//! Map, in the order of a request's way: [`serve`] opens sessions, [`session`] reads and answers on one
//! thread, [`dispatch`] finds the command and asks whether it may run, `command` does it. [`supervisor`]
//! relieves sessions whose command hangs. [`agent`](Agent) is what all of them share.
//!
//! Invariants: policy and the freeze rule are asked in [`dispatch`] only; no lock is held across a call that
//! may block; commands know no transport.
#![forbid(unsafe_code)]

mod access;
mod agent;
mod command;
pub mod dispatch;
mod fault;
mod freeze;
mod handles;
pub mod serve;
pub mod session;
pub mod supervisor;

pub use access::Access;
pub use agent::Agent;
pub use fault::Fault;
pub use freeze::{Freeze, Stillness};
pub use handles::{Handles, Numbers};
