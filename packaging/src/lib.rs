//! Packages, made without the tools of any distribution and without root: for Debian ([`deb`]), for Fedora and its
//! kin ([`rpm`]), and for everything else ([`tarball`]).
//!
//! What is in them and where it goes stands once, in [`content`]. What the packages do when they are installed are the
//! scripts beside this crate's sources. The same files, version and time give the same bytes.
#![forbid(unsafe_code)]

mod archive;
pub mod content;
pub mod deb;
mod libraries;
pub mod rpm;
pub mod tarball;

use std::path::Path;

pub use content::{AGENT, CLIENT, Package};

/// What a package is made from.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The root of the repository.
    pub repository: &'a Path,
    /// The directory with the programs that were built.
    pub programs: &'a Path,
    /// The version that the package gets.
    pub version: &'a str,
    /// What the programs run on, as Rust calls it: `x86_64` or `aarch64`.
    pub architecture: &'a str,
    /// The time that all files get, in seconds since 1970.
    pub time: u32,
}
