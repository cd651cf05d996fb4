//! Building so that the same sources give the same bytes, wherever they lie and whenever that is.

use super::git;
use crate::command::{passed, say};
use crate::targets;
use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const NAMES: [&str; 2] = ["qemu-ga", "qga"];

/// Sources, and how they are built.
pub(super) struct Tree {
    /// Where the sources are.
    pub(super) directory: PathBuf,
    /// Cargo's profile.
    pub(super) profile: String,
    /// The time that stands for the sources, in seconds since 1970.
    pub(super) time: u32,
}

impl Tree {
    /// Builds the programs for a target.
    pub(super) fn build(&self, target: &str) -> Result<()> {
        targets::provide(target)?;
        say(&format!("building for {target} in {}", self.directory.display()));
        let mut cargo = Command::new("cargo");
        cargo
            .args(["build", "-q", "--locked", "--bins", "-p", "qga-agent", "-p", "qga-cli"])
            .args(["--profile", &self.profile, "--target", target, "--target-dir"])
            .arg(self.output())
            .current_dir(&self.directory)
            .env("SOURCE_DATE_EPOCH", self.time.to_string())
            .env("CARGO_ENCODED_RUSTFLAGS", self.flags()?);
        if target.ends_with("-musl") {
            targets::link_statically(&mut cargo, target);
        }
        passed(&mut cargo)
    }

    /// Hides from the compiler where the sources and those of the libraries lie.
    fn flags(&self) -> Result<String> {
        let home = env::var_os("CARGO_HOME").map(PathBuf::from);
        let home = home.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")));
        let home = home.context("neither CARGO_HOME nor HOME is set")?;
        let hidden = [(self.directory.as_path(), "/qga"), (home.as_path(), "/cargo")];
        let flags = hidden.map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()));
        // What cargo wants between two of them.
        Ok(flags.join("\x1f"))
    }

    fn output(&self) -> PathBuf {
        self.directory.join("target/dist-build")
    }

    /// The directory with the programs for a target.
    pub(super) fn programs(&self, target: &str) -> PathBuf {
        let profile = if self.profile == "dev" { "debug" } else { &self.profile };
        self.output().join(target).join(profile)
    }

    /// Builds a copy of the sources in another directory; an error if a program is not the same there.
    pub(super) fn compare_with_another(&self, targets: &[&str]) -> Result<()> {
        let place = tempfile::Builder::new().prefix("another-place-").tempdir()?;
        let other =
            Tree { directory: place.path().join("sources"), profile: self.profile.clone(), time: self.time };
        self.copy_to(&other.directory)?;
        for target in targets {
            other.build(target)?;
            for name in NAMES {
                let [one, another] = [self, &other].map(|tree| sum(&tree.programs(target).join(name)));
                let (one, another) = (one?, another?);
                ensure!(one == another, "{name} for {target} is not the same when built elsewhere");
                say(&format!("reproduced: {one}  {name} for {target}"));
            }
        }
        Ok(())
    }

    /// Copies the files that git knows, as they are now.
    fn copy_to(&self, directory: &Path) -> Result<()> {
        for file in git(&self.directory, &["ls-files", "-z"])?.split_terminator('\0') {
            let to = directory.join(file);
            to.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::copy(self.directory.join(file), &to).with_context(|| format!("cannot copy {file}"))?;
        }
        Ok(())
    }
}

fn sum(path: &Path) -> Result<String> {
    let content = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(format!("{:x}", Sha256::digest(content)))
}

/// The time that stands for the sources: of the last commit, or what `SOURCE_DATE_EPOCH` says.
pub(super) fn commit_time(directory: &Path) -> Result<u32> {
    let given = env::var("SOURCE_DATE_EPOCH").ok();
    let text = given.map_or_else(|| git(directory, &["log", "-1", "--format=%ct"]), Ok)?;
    text.trim().parse().with_context(|| format!("{text} is no time"))
}
