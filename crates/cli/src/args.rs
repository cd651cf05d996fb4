//! The command line, declared once: help, parser, man page and completions are readers of it.

use crate::failure::Usage;
use crate::target::{self, Target};
use crate::verb::Verb;
use clap::{Parser, ValueEnum};
use qga_client::{Client, Options};
use std::time::Duration;

/// Talks to the guest agent inside a virtual machine.
#[derive(Debug, Parser)]
#[command(name = "qga", version, max_term_width = 100, arg_required_else_help = true)]
#[command(
    after_help = "Exit codes: 0 ok, 1 error (the agent's or here), 2 usage, 3 unreachable, 4 timed out."
)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What all verbs share.
#[derive(Debug, clap::Args)]
pub(crate) struct Common {
    /// Where the guest's agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a
    /// name from the configuration
    #[arg(short, long, global = true, env = "QGA_CONNECT", value_name = "GUEST")]
    connect: Option<Target>,
    /// Do it on all guests of this host whose name matches, such as 'web*'; may be repeated
    #[arg(short, long = "target", global = true, value_name = "PATTERN", conflicts_with = "all")]
    targets: Vec<String>,
    /// Do it on all guests of this host: those that qga list finds
    #[arg(long, global = true)]
    all: bool,
    /// The one guest of many that this process is for: how the many are served
    #[arg(long, global = true, hide = true)]
    one: Option<Target>,
    /// How long each answer of the agent may take [default: 10]
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,
    /// Print JSON for programs instead of text for people
    #[arg(long, global = true)]
    json: bool,
    /// How to print
    #[arg(long, global = true, conflicts_with = "json")]
    format: Option<Format>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

impl Common {
    /// Connects to the guest that the command line names.
    pub(crate) fn connect(&self) -> anyhow::Result<Client> {
        self.connect_within(self.options())
    }

    /// The same with another patience.
    pub(crate) fn connect_within(&self, options: Options) -> anyhow::Result<Client> {
        target::connect(&self.target()?, options)
    }

    /// The guest that the command line names.
    pub(crate) fn target(&self) -> anyhow::Result<Target> {
        if let Some(target) = self.one.as_ref().or(self.connect.as_ref()) {
            return target::resolve(target);
        }
        let text = "which guest? name it with -c unix:PATH, -c libvirt:DOMAIN or the like, or set QGA_CONNECT; \
                    qga list finds some";
        Err(Usage(text.to_owned()).into())
    }

    /// Whether the command line names a guest.
    pub(crate) fn names_a_guest(&self) -> bool {
        self.one.is_some() || self.connect.is_some()
    }

    /// How long to wait for what.
    pub(crate) fn options(&self) -> Options {
        self.timeout.map_or_else(Options::default, |timeout| Options { timeout, ..Options::default() })
    }

    /// Whether the output is for programs.
    pub(crate) fn json(&self) -> bool {
        self.json || self.format == Some(Format::Json)
    }

    /// Whether many guests are meant.
    pub(crate) fn wants_many(&self) -> bool {
        self.one.is_none() && (self.all || !self.targets.is_empty())
    }

    /// Whether a guest of this name is one of the many.
    pub(crate) fn is_wanted(&self, name: &str) -> bool {
        self.all || self.targets.iter().any(|pattern| wildmatch::WildMatch::new(pattern).matches(name))
    }
}

/// A time as an option's value, in seconds; an `s` behind it is welcome.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let number = text.strip_suffix('s').unwrap_or(text);
    let seconds: f64 = number.parse().map_err(|_| "expected a number of seconds".to_owned())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(timeout) if !timeout.is_zero() => Ok(timeout),
        _ => Err("expected a number of seconds above 0".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_declaration_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_timeout_is_a_number_of_seconds_above_zero() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        assert_eq!(seconds("60s"), Ok(Duration::from_secs(60)));
        for text in ["", "0", "-1", "ten", "inf", "nan", "s"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn many_guests_are_chosen_by_pattern_or_all() {
        let common = |arguments: &[&str]| {
            let words = ["qga"].iter().chain(arguments).chain(["ping"].iter());
            Args::try_parse_from(words).unwrap().common
        };
        let some = common(&["-t", "web*", "-t", "db?"]);
        let wanted: Vec<_> = ["web", "web12", "db1", "db12"].map(|name| some.is_wanted(name)).into();
        assert_eq!(wanted, [true, true, true, false]);
        assert!(some.wants_many() && common(&["--all"]).is_wanted("x"));
        assert!(!common(&["--all", "--one", "unix:/x"]).wants_many());
    }
}
