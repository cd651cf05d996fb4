//! The agent under test.

use anyhow::Result;
use qga_testkit::{cache, program};
use std::path::PathBuf;

/// A program to put into guests, and the system whose libraries it wants.
#[derive(Debug, Clone)]
pub struct Agent {
    /// The file on this machine.
    pub program: PathBuf,
    /// `/`, or the root directory of the other system that the program is part of.
    pub root: PathBuf,
}

impl Agent {
    /// Ours, or the one that `QGA_UNDER_TEST` names.
    pub fn under_test() -> Result<Self> {
        let program = program::under_test()?;
        if program == cache::oracle()? {
            // That is a script for this machine; a guest gets the program itself.
            let root = cache::debian_root()?;
            return Ok(Self { program: root.join("usr/sbin/qemu-ga"), root });
        }
        Ok(Self { program, root: PathBuf::from("/") })
    }
}
