//! The daemon.
//!
//! Map, in the order of a request's way: [`serve`] opens sessions, [`session`] reads and answers on one
//! thread, [`dispatch`] finds the command and asks whether it may run, `command` does it, `audit` tells of it. [`supervisor`]
//! relieves sessions whose command hangs. [`agent`](Agent) is what all of them share.
//!
//! Around it: [`start`] goes from the command line (`options`, `config`, `keyfile`) to the exit code
//! (`signals`), or to a `tool` like `doctor`. [`logging`], `state` and `pid` are what the agent writes itself, and `stillness` sees to it
//! that it writes nothing while filesystems are frozen. [`guardian`] is the process that thaws them if the
//! agent cannot.
//!
//! `readiness` is what a service manager is told.
//!
//! Invariants: policy and the freeze rule are asked in [`dispatch`] only; no lock is held across a call that
//! may block; commands know no transport.
#![forbid(unsafe_code)]

mod agent;
mod audit;
mod command;
mod config;
pub mod dispatch;
mod doctor;
mod fault;
mod freeze;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
pub mod guardian;
mod handles;
mod hardening;
mod held;
mod keyfile;
pub mod logging;
pub mod manual;
mod need;
mod options;
mod pid;
pub mod policy;
mod readiness;
pub mod serve;
pub mod session;
mod signals;
pub mod start;
mod state;
mod stillness;
pub mod supervisor;
mod tool;
mod unit;

pub use agent::Agent;
pub use fault::Fault;
pub use freeze::{Freeze, Rules, Stillness};
pub use handles::{Handles, Numbers};
pub use policy::Policy;
