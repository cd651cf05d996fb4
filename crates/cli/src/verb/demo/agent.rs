//! Where the demo's agent comes from, and what it is allowed.

use crate::output;
use anyhow::{Context, bail};
use qga_wire::Effect;
use qga_wire::family::system::AgentInfo;
use qga_wire::list::COMMANDS;
use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The agent's program, and the package of this project that builds it.
const PROGRAM: &str = "qemu-ga";
const PACKAGE: &str = "qga-agent";
/// Names another agent to show.
const OVERRIDE: &str = "QGA_AGENT";
/// What cargo sets for the programs it runs: the cargo that did, and the directory of the package.
const CARGO: &str = "CARGO";
const MANIFEST_DIR: &str = "CARGO_MANIFEST_DIR";

/// The commands that the demo's agent obeys: those that change nothing, and those for files.
pub(super) fn allowed() -> impl Iterator<Item = &'static str> {
    COMMANDS
        .iter()
        .filter(|declaration| matches!(declaration.effect, Effect::Basic | Effect::Read | Effect::File))
        .map(|declaration| declaration.name)
}

/// Fails if the agent offers more than it was told to: nothing is shown then, as that might do harm.
pub(super) fn refuse_disobedience(info: &AgentInfo) -> anyhow::Result<()> {
    let allowed: Vec<_> = allowed().collect();
    let mut offered = info.supported_commands.iter().filter(|command| command.enabled);
    match offered.find(|command| !allowed.contains(&command.name.as_str())) {
        Some(command) => bail!("the agent was told not to allow {}, and does", command.name),
        None => Ok(()),
    }
}

/// The agent to show: the one that `$QGA_AGENT` names, else the one beside this program, brought up to date
/// first when cargo runs us.
pub(super) fn program() -> anyhow::Result<PathBuf> {
    if let Some(path) = env::var_os(OVERRIDE) {
        return Ok(path.into());
    }
    let own = env::current_exe().context("cannot tell where this program is")?;
    let program = own.with_file_name(PROGRAM).with_extension(env::consts::EXE_EXTENSION);
    if let (Some(cargo), Some(package)) = (env::var_os(CARGO), env::var_os(MANIFEST_DIR)) {
        build(&cargo, Path::new(&package), &own)?;
    }
    if !program.exists() {
        bail!("there is no agent at {}; set {OVERRIDE} to the path of one", program.display());
    }
    Ok(program)
}

/// `cargo run` builds the program that it runs, and no other.
fn build(cargo: &OsStr, package: &Path, own: &Path) -> anyhow::Result<()> {
    // Named after its profile, but for this one.
    let profile = match own.parent().and_then(Path::file_name).and_then(OsStr::to_str) {
        None | Some("debug") => "dev",
        Some(directory) => directory,
    };
    let arguments = ["build", "--profile", profile, "--package", PACKAGE, "--bin", PROGRAM];
    output::remark(&format!("Building the agent: cargo {}", arguments.join(" ")));
    let status = Command::new(cargo)
        .args(arguments)
        .current_dir(package)
        .status()
        .with_context(|| format!("cannot run {}", Path::new(cargo).display()))?;
    if !status.success() {
        bail!("the agent could not be built; cargo says above why");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_could_harm_this_machine_is_allowed() {
        let allowed: Vec<_> = allowed().collect();
        assert!(allowed.contains(&"guest-ping") && allowed.contains(&"guest-file-write"), "{allowed:?}");
        let harmful =
            ["shutdown", "suspend", "freeze-freeze", "thaw", "trim", "-set-", "ssh-add", "ssh-remove"];
        assert!(!allowed.contains(&"guest-exec"), "{allowed:?}");
        for name in allowed {
            assert!(!harmful.iter().any(|part| name.contains(part)), "{name}");
        }
    }
}
