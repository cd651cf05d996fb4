//! `qemu-ga policy`: what the policy says, and where it says it. Nothing is run, and nothing is changed.

use super::{Policy, PolicyError};
use crate::config::{Config, ConfigError, Wish};
use crate::{dispatch, options, tool};
use qga_platform::{Root, store};
use qga_wire::list::COMMANDS;
use std::ffi::{OsStr, OsString};
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::{env, fmt};

/// Refused, or not valid.
const REFUSED: u8 = 1;
/// The command line makes no sense.
const MISUSED: u8 = 2;

const USAGE: &str = "\
Usage: qemu-ga policy show [<options of the agent>]
       qemu-ga policy check FILE
       qemu-ga policy test REQUEST [<options of the agent>]

show   prints the rules in force and what they say of each command
check  tells whether the policy in one file is valid
test   tells whether the host may do what a request asks for, as in
       policy test '{\"execute\": \"guest-ping\"}'; nothing is done

Each answer names the file and the line that decided. Give show and test the
options that the agent is started with.

Exit code: 0 permitted or valid, 1 refused or not valid, 2 for a wrong command
line or a request that makes no sense.
";

/// What it has to say, and how it ends.
type Outcome = Result<(String, ExitCode), Misuse>;

/// Why there is nothing to say.
#[derive(Debug, thiserror::Error)]
enum Misuse {
    #[error("say what to do")]
    Nothing,
    #[error("there is no '{0}'")]
    Verb(String),
    #[error("{0} is missing")]
    Missing(&'static str),
    #[error("the request makes no sense: {0}")]
    Request(String),
    #[error(transparent)]
    Config(#[from] ConfigError),
}

/// Runs it with the arguments that follow its name.
pub(crate) fn run(arguments: Vec<OsString>) -> ExitCode {
    let mut arguments = arguments.into_iter();
    let verb = arguments.next();
    let outcome = match verb.as_deref().and_then(OsStr::to_str) {
        None => Err(Misuse::Nothing),
        Some("show") => show(arguments),
        Some("check") => check(arguments.next()),
        Some("test") => test(arguments.next(), arguments),
        Some("--help" | "-h") => Ok((USAGE.to_owned(), ExitCode::SUCCESS)),
        Some(other) => Err(Misuse::Verb(other.to_owned())),
    };
    match outcome {
        Ok((text, code)) => tool::print(text.as_bytes(), code),
        Err(misuse) => {
            // Where standard error is closed nobody reads.
            let _ = write!(io::stderr(), "qemu-ga policy: {misuse}\n{USAGE}");
            MISUSED.into()
        }
    }
}

fn show(arguments: impl Iterator<Item = OsString>) -> Outcome {
    let (policy, error) = in_force(arguments)?;
    let mut text = String::new();
    let code = match &error {
        Some(error) => {
            text.push_str(&line(format_args!("the policy is wrong: {error}")));
            REFUSED.into()
        }
        None => ExitCode::SUCCESS,
    };
    for section in &policy.settings {
        for setting in &section.settings {
            let (place, name) = (&setting.place, &section.name);
            text.push_str(&line(format_args!("{place}: [{name}] {}={}", setting.key, setting.value)));
        }
    }
    let width = COMMANDS.iter().map(|command| command.name.len()).max().unwrap_or_default();
    for command in COMMANDS {
        let decision = policy.decision(command);
        text.push_str(&line(format_args!("{:width$} {decision}", command.name)));
    }
    Ok((text, code))
}

fn check(file: Option<OsString>) -> Outcome {
    let file = file.ok_or(Misuse::Missing("FILE"))?;
    let path = Path::new(&file);
    let read = store::read(path).map_err(|error| PolicyError::unreadable(path, &error));
    Ok(match read.and_then(|content| Policy::parse(path, &content, &Root::system())) {
        Ok(_) => (line(format_args!("{}: the policy is valid", path.display())), ExitCode::SUCCESS),
        Err(error) => (line(format_args!("{error}")), REFUSED.into()),
    })
}

fn test(request: Option<OsString>, options: impl Iterator<Item = OsString>) -> Outcome {
    let request = request.ok_or(Misuse::Missing("REQUEST"))?;
    let (policy, _) = in_force(options)?;
    let decision = dispatch::foresee(request.as_encoded_bytes(), &policy).map_err(Misuse::Request)?;
    let code = if decision.permitted { ExitCode::SUCCESS } else { REFUSED.into() };
    Ok((line(format_args!("{decision}")), code))
}

/// The policy that an agent with these options has.
fn in_force(options: impl Iterator<Item = OsString>) -> Result<(Policy, Option<PolicyError>), Misuse> {
    let given = options::parse(options);
    let config = match Config::read(given, env::var_os("QGA_CONF"))? {
        Wish::Serve(config) | Wish::DumpConf(config) => config,
        Wish::Usage | Wish::Version | Wish::CommandNames => Config::default(),
    };
    Ok(Policy::of(&config, &Root::system()))
}

fn line(words: fmt::Arguments<'_>) -> String {
    format!("{words}\n")
}
