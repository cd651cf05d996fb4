//! The directory where the lab keeps what takes time to make: unpacked kernels and saved guests.

use anyhow::{Context, Result};
use nix::fcntl::{Flock, FlockArg};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

/// `QGA_CACHE/lab`, or `lab` in the build directory. Everything in it can be deleted at any time.
pub fn directory() -> Result<PathBuf> {
    let directory = match std::env::var_os("QGA_CACHE") {
        Some(cache) => PathBuf::from(cache).join("lab"),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/lab"),
    };
    fs::create_dir_all(&directory).with_context(|| format!("cannot make {}", directory.display()))?;
    Ok(directory.canonicalize()?)
}

/// Waits until no other thread or process has the lock file; the lock is given up when the value is dropped.
pub(crate) fn lock(path: &Path) -> Result<Flock<File>> {
    let file = File::create(path).with_context(|| format!("cannot make {}", path.display()))?;
    Flock::lock(file, FlockArg::LockExclusive)
        .map_err(|(_, errno)| errno)
        .with_context(|| format!("cannot lock {}", path.display()))
}

/// Writes a file whole or not at all.
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<()> {
    let unfinished = path.with_extension("unfinished");
    fs::write(&unfinished, content).with_context(|| format!("cannot write {}", unfinished.display()))?;
    Ok(fs::rename(&unfinished, path)?)
}
