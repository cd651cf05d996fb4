//! Which agent is tested.

use std::{
    env,
    ffi::OsString,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use anyhow::{Context, Result, anyhow, ensure};

use crate::cache;

/// Names a reference agent to run the tests against instead of ours.
const UNDER_TEST: &str = "QGA_UNDER_TEST";

/// Names our agent, built elsewhere, to run the tests against instead of building it.
const OURS: &str = "QGA_OURS";

/// Whether the tests run against a reference agent, to prove the tests themselves.
pub fn reference_is_under_test() -> bool {
    named().is_some()
}

/// The agent to test: ours, or the one that `QGA_UNDER_TEST` names.
pub fn under_test() -> Result<PathBuf> {
    match named() {
        Some(path) => fs::canonicalize(path).context("QGA_UNDER_TEST names no file"),
        None => ours(),
    }
}

fn named() -> Option<OsString> {
    env::var_os(UNDER_TEST).filter(|name| !name.is_empty())
}

/// Our agent, built in the profile of the running test, or the one that `QGA_OURS` names.
pub fn ours() -> Result<PathBuf> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match env::var_os(OURS).filter(|path| !path.is_empty()) {
        Some(path) => fs::canonicalize(path).context("QGA_OURS names no file"),
        None => built_once(&BUILT, "qga-agent", "qemu-ga"),
    }
}

/// The host's program `qga`, likewise.
pub fn client() -> Result<PathBuf> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    built_once(&BUILT, "qga-cli", "qga")
}

/// The reference agent that `cargo xtask oracle` provides.
pub fn oracle() -> Result<PathBuf> {
    let path = cache::oracle()?;
    ensure!(path.exists(), "{} is missing; make it with: cargo xtask oracle", path.display());
    Ok(path)
}

fn built_once(built: &OnceLock<Result<PathBuf, String>>, package: &str, program: &str) -> Result<PathBuf> {
    let built = built.get_or_init(|| build(package, program).map_err(|error| format!("{error:#}")));
    built.clone().map_err(|text| anyhow!(text))
}

/// Cargo builds no program of another package before it runs a test, so this does; it takes no time when
/// there is nothing to do.
fn build(package: &str, program: &str) -> Result<PathBuf> {
    // The test is at target/PROFILE/deps/NAME, an example in its own directory there, a program at target/PROFILE/NAME.
    let test = env::current_exe()?;
    let in_deps = test.ancestors().find(|path| path.ends_with("deps") || path.ends_with("examples"));
    let directory = in_deps.unwrap_or(&test).parent().context("the test has no directory")?;
    let profile = match directory.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(profile) => profile,
    };
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--package", package, "--bin", program, "--profile", profile])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .context("cannot run cargo")?;
    ensure!(status.success(), "{program} does not build");
    Ok(directory.join(program))
}

/// A path of the program that everybody may execute: its own if it lies in the open, else one in `directory`.
pub(crate) fn open_to_all(program: &Path, directory: &Path) -> Result<PathBuf> {
    if is_open_to_all(program)? {
        return Ok(program.to_owned());
    }
    let copy = directory.join(program.file_name().context("the program has no name")?);
    if !copy.exists() {
        fs::copy(program, &copy).with_context(|| format!("cannot copy {}", program.display()))?;
    }
    Ok(copy)
}

fn is_open_to_all(program: &Path) -> Result<bool> {
    for path in program.ancestors() {
        let needed = if path == program { 0o5 } else { 0o1 };
        if fs::metadata(path)?.permissions().mode() & needed != needed {
            return Ok(false);
        }
    }
    Ok(true)
}
