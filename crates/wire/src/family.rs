//! The commands and their types, by family.
//!
//! Members of a reply are declared in the order in which the reference agent sends them, arguments in the
//! order in which it checks them.

pub mod account;
pub mod cpu;
pub mod exec;
pub mod file;
pub mod freeze;
pub mod memory;
pub mod network;
pub mod power;
pub mod ssh;
pub mod storage;
pub mod sync;
pub mod system;
pub mod time;
