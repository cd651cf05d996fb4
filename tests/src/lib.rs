//! Black-box tests of the agent over its unix socket; see `tests/`. All of them also run against a reference
//! agent when `QGA_UNDER_TEST` names one.
#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};

/// A file of this package.
pub fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}
