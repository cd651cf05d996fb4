//! The agent under test.

use anyhow::{Context, Result, bail};
use qga_testkit::cache;
use std::{env, path::PathBuf, process::Command};

/// A program to put into guests, and the system whose libraries it wants.
#[derive(Debug, Clone)]
pub struct Agent {
    /// The file on this machine.
    pub program: PathBuf,
    /// `/`, or the root directory of the other system that the program is part of.
    pub root: PathBuf,
}

impl Agent {
    /// The program that `QGA_UNDER_TEST` names, or ours, built as this test was.
    pub fn under_test() -> Result<Self> {
        let Some(program) = env::var_os("QGA_UNDER_TEST").map(PathBuf::from) else {
            return Ok(Self { program: build()?, root: PathBuf::from("/") });
        };
        if program == cache::oracle()? {
            // That is a script for this machine; a guest gets the program itself.
            let root = cache::debian_root()?;
            return Ok(Self { program: root.join("usr/sbin/qemu-ga"), root });
        }
        let program = program.canonicalize().with_context(|| format!("no agent at {}", program.display()))?;
        Ok(Self { program, root: PathBuf::from("/") })
    }

    /// Whether this is the agent of this project, and not another one put to the same tests.
    pub fn is_ours(&self) -> bool {
        env::var_os("QGA_UNDER_TEST").is_none()
    }
}

/// Builds our agent in the build directory and profile that this test program is in.
fn build() -> Result<PathBuf> {
    let test = env::current_exe()?;
    let directory = test.ancestors().nth(2).context("this test is not in a build directory")?;
    let profile = match directory.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(profile) => profile,
    };
    let status = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()))
        .args(["build", "--quiet", "--package", "qga-agent", "--bin", "qemu-ga", "--profile", profile])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .context("cannot run cargo")?;
    if !status.success() {
        bail!("the agent cannot be built");
    }
    Ok(directory.join("qemu-ga"))
}
