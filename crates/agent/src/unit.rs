//! `qemu-ga unit`: prints a unit for systemd whose sandbox fits what the policy lets the host do. Packages bring one
//! without a sandbox, of the same making.

mod sandbox;
mod text;

use crate::config::Config;
use crate::hardening;
use crate::need::Need;
use crate::policy::Policy;
use crate::policy::profile::{PROFILES, Profile};
use crate::tool::{self, AgentOptions};
use qga_platform::Root;
use qga_platform::processes::own_program;
use qga_transport::Method;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Where packages put the agent.
const PROGRAM: &str = "/usr/sbin/qemu-ga";

const USAGE: &str = "\
Usage: qemu-ga unit [--profile NAME] [<options of the agent>]

Prints a unit for systemd that starts the agent with these options, in a
sandbox that leaves it what the policy needs: the policy that is configured, or
that of the profile. What the host may do is still for the configuration to say.
";

/// What a unit is made of.
#[derive(Debug)]
struct Plan {
    program: PathBuf,
    /// The agent's, as they were given.
    options: Vec<OsString>,
    /// What the comment says of the sandbox.
    policy: String,
    method: Method,
    path: PathBuf,
    needs: BTreeSet<Need>,
    /// Directories that the agent writes to of its own accord.
    written: Vec<PathBuf>,
}

/// Prints the unit, with the arguments that follow the name of this tool.
pub(crate) fn run(arguments: Vec<OsString>) -> ExitCode {
    match plan(arguments) {
        Ok(Some(plan)) => tool::print(text::unit(&plan).as_bytes(), ExitCode::SUCCESS),
        Ok(None) => tool::print(USAGE.as_bytes(), ExitCode::SUCCESS),
        Err(problem) => tool::misused("unit", &problem, USAGE),
    }
}

/// The unit that packages bring.
pub(crate) fn packaged() -> String {
    text::packaged()
}

/// `None` if help is asked for.
fn plan(arguments: Vec<OsString>) -> Result<Option<Plan>, String> {
    let root = Root::system();
    let (profile, options) = take_profile(arguments)?;
    let AgentOptions::Given(given) = tool::agent_options(options.clone())? else { return Ok(None) };
    let config = tool::configuration(given).map_err(|error| error.to_string())?;
    let (policy, told) = match profile {
        Some(profile) => (Policy::of_profile(profile), format!("the profile {}", profile.name)),
        None => configured(&config, &root)?,
    };
    let method: Method = config.method.to_string_lossy().parse().map_err(|error| format!("{error}"))?;
    Ok(Some(Plan {
        program: own_program(&root).unwrap_or_else(|| PROGRAM.into()),
        options,
        policy: told,
        method,
        needs: hardening::needs(&policy, &config.freeze, false),
        written: written(&config, method),
        path: config.path.unwrap_or_default(),
    }))
}

/// `--profile NAME` or `--profile=NAME`, and the other words.
fn take_profile(words: Vec<OsString>) -> Result<(Option<&'static Profile>, Vec<OsString>), String> {
    const OPTION: &str = "--profile";
    let mut profile = None;
    let mut others = Vec::new();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let text = word.to_string_lossy();
        let joined = text.strip_prefix(OPTION).and_then(|rest| rest.strip_prefix('='));
        let name = match joined {
            Some(name) => name.to_owned(),
            None if text == OPTION => {
                let next = words.next().ok_or_else(|| format!("option '{OPTION}' requires an argument"))?;
                next.to_string_lossy().into_owned()
            }
            None => {
                others.push(word);
                continue;
            }
        };
        profile = Some(Profile::named(&name).ok_or_else(|| unknown(&name))?);
    }
    Ok((profile, others))
}

fn unknown(name: &str) -> String {
    let names: Vec<&str> = PROFILES.iter().map(|profile| profile.name).collect();
    format!("there is no profile '{name}'; there are {}", names.join(", "))
}

fn configured(config: &Config, root: &Root) -> Result<(Policy, String), String> {
    let (policy, error) = Policy::of(config, root);
    match error {
        None => Ok((policy, "the policy that is configured".to_owned())),
        Some(error) => Err(error.to_string()),
    }
}

/// The state directory, and those of the log, of the audit and of the socket.
fn written(config: &Config, method: Method) -> Vec<PathBuf> {
    let directory = |path: &Path| path.parent().map(Path::to_owned);
    let socket = config.path.as_deref().filter(|_| method == Method::UnixListen);
    let files = [config.logfile.as_deref(), config.audit.file.as_deref(), socket];
    let others = files.into_iter().flatten().filter_map(directory);
    let mut written: Vec<PathBuf> = std::iter::once(config.statedir.clone()).chain(others).collect();
    written.sort();
    written.dedup();
    written
}

#[cfg(test)]
mod tests;
