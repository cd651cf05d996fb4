//! The systems that programs are built for.

use crate::command::passed;
use anyhow::{Context, Result};
use std::process::Command;

/// Linux with a C library that is linked in, so that the programs run on every distribution.
pub(crate) const STATIC: [&str; 2] = ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"];

/// Has rustup provide the standard library for the target.
pub(crate) fn provide(target: &str) -> Result<()> {
    passed(Command::new("rustup").args(["target", "add", target]))
        .with_context(|| format!("rustup could not provide {target}"))
}

/// Has cargo link for a static target with the linker that Rust brings: no C compiler for it is needed.
pub(crate) fn link_statically(cargo: &mut Command, target: &str) {
    let variable = format!("CARGO_TARGET_{}_LINKER", target.to_uppercase().replace('-', "_"));
    cargo.env(variable, "rust-lld");
}

/// The processor of a target.
pub(crate) fn architecture(target: &str) -> &str {
    target.split('-').next().unwrap_or(target)
}
