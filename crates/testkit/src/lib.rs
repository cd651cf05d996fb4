//! Starts agents, talks to them in bytes, and replays recorded exchanges against them.
#![forbid(unsafe_code)]

pub mod cache;
