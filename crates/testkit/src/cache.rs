//! What is too slow to make for each test run and too big for the repository: kept outside the build directory.
//!
//! `cargo xtask oracle` fills it, this module says where things are.

use std::{env, path::PathBuf};

use anyhow::{Context, Result};
use nix::unistd::Uid;

/// The release of the reference agent that tests compare with.
pub const ORACLE_VERSION: &str = "11.1.3";

/// Names the recipe of the Debian root; raise its number when the recipe changes, and everybody builds anew.
const DEBIAN_ROOT: &str = "trixie-1";

/// Where cached things are: `$QGA_CACHE`, or else `/var/cache/qga` for root, whose home nobody else may
/// enter, and `$XDG_CACHE_HOME/qga` or `~/.cache/qga` for others.
pub fn directory() -> Result<PathBuf> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(chosen) = set("QGA_CACHE") {
        return Ok(chosen);
    }
    if Uid::effective().is_root() {
        return Ok(PathBuf::from("/var/cache/qga"));
    }
    let parent = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")));
    Ok(parent.context("none of QGA_CACHE, XDG_CACHE_HOME and HOME is set")?.join("qga"))
}

/// The directory that holds [`debian_root`] and [`oracle`]; it exists only complete.
pub fn debian() -> Result<PathBuf> {
    Ok(directory()?.join(DEBIAN_ROOT))
}

/// The root of a Debian system with systemd and the reference agent, owned by root as in a real system.
pub fn debian_root() -> Result<PathBuf> {
    Ok(debian()?.join("root"))
}

/// An image of a disk with that system, to boot from.
pub fn debian_disk() -> Result<PathBuf> {
    Ok(debian()?.join("disk.img"))
}

/// The package that the reference agent of that root is from.
pub fn oracle_package() -> Result<PathBuf> {
    Ok(debian()?.join("qemu-guest-agent.deb"))
}

/// A program that starts the reference agent of that root on this machine, whatever this machine's libraries.
pub fn oracle() -> Result<PathBuf> {
    Ok(debian()?.join(format!("qemu-ga-{ORACLE_VERSION}")))
}

/// What that program consists of: the root's own loader, and what it takes before the agent's arguments.
pub fn oracle_command() -> Result<(PathBuf, Vec<String>)> {
    let root = debian_root()?;
    let text = |path: &str| root.join(path).to_string_lossy().into_owned();
    let leading = ["--library-path".to_owned(), text("usr/lib/x86_64-linux-gnu"), text("usr/sbin/qemu-ga")];
    Ok((root.join("lib64/ld-linux-x86-64.so.2"), leading.to_vec()))
}
