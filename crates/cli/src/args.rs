//! The command line, declared once: help, parser, man page and completions are readers of it.

use crate::failure::Usage;
use crate::target::places::{self, Found};
use crate::target::{self, Guest, Target, TargetError};
use crate::verb::Verb;
use clap::{Parser, ValueEnum, ValueHint};
use qga_client::{Client, Options};
use std::cell::OnceCell;
use std::env;
use std::path::PathBuf;
use std::time::Duration;

/// Talks to the guest agent inside a virtual machine.
#[derive(Debug, Parser)]
#[command(name = "qga", version, max_term_width = 100, arg_required_else_help = true)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

impl Args {
    /// Fails when options do not go with the verb.
    pub(crate) fn check(&self) -> Result<(), Usage> {
        let reason = self.verb.only_for_people().filter(|_| self.common.json());
        reason.map_or(Ok(()), |reason| Err(Usage(format!("--json does not go with this: {reason}"))))
    }

    /// Whether the verb is done on many guests, each on its own; the list of guests is made at once.
    pub(crate) fn serves_many(&self) -> bool {
        self.common.wants_many() && !matches!(self.verb, Verb::List)
    }
}

const AFTER_HELP: &str = "\
Exit codes: 0 ok, 1 error (the agent's or here), 2 usage, 3 unreachable, 4 timed out.

QGA_CONNECT names the guest where -c does not. NO_COLOR turns colours off. The section [targets] of \
~/.config/qga/config.toml gives guests names, with a line such as backup = \"unix:/run/backup.sock\" for each.";

/// The environment variable that names a guest.
const CONNECT: &str = "QGA_CONNECT";

const CONNECT_HELP: &str = "Where the guest's agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, \
    libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]";

const WHICH: &str = "which guest? name it with -c unix:PATH, -c libvirt:DOMAIN or the like, or set QGA_CONNECT; qga list \
                     finds some";

/// What all verbs share.
#[derive(Debug, clap::Args)]
pub(crate) struct Common {
    #[arg(short, long, global = true, value_name = "GUEST", help = CONNECT_HELP, conflicts_with_all = ["targets", "all"])]
    connect: Option<Guest>,
    /// Do it on all guests of this host whose name matches, such as 'web*'; may be repeated
    #[arg(short, long = "target", global = true, value_name = "PATTERN", conflicts_with = "all")]
    targets: Vec<String>,
    /// Do it on all guests of this host: those that qga list finds
    #[arg(long, global = true)]
    all: bool,
    /// Look for guests' sockets in this directory instead of the known places; may be repeated
    #[arg(long = "dir", global = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    directories: Vec<PathBuf>,
    /// The one guest of many that this process is for.
    #[arg(skip)]
    pub(crate) one: Option<Target>,
    /// The guest, once its name was looked up.
    #[arg(skip)]
    looked_up: OnceCell<Target>,
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

    /// The guest that the command line or the environment names. A name is looked up once: later the guest may be off.
    pub(crate) fn target(&self) -> anyhow::Result<Target> {
        if let Some(target) = self.one.as_ref().or(self.looked_up.get()) {
            return Ok(target.clone());
        }
        let target = match self.guest()? {
            Some(Guest::At(target)) => target,
            Some(Guest::Named(name)) => self.look_up(&name)?,
            None => return Err(Usage(WHICH.to_owned()).into()),
        };
        Ok(self.looked_up.get_or_init(|| target).clone())
    }

    /// What the configuration calls so is found without libvirt, which may be slow or not well.
    fn look_up(&self, name: &str) -> anyhow::Result<Target> {
        let configured = if self.directories.is_empty() { places::configured()? } else { Vec::new() };
        match configured.into_iter().find(|guest| guest.name == name) {
            Some(guest) => Ok(guest.target),
            None => target::called(name, self.places()?),
        }
    }

    fn guest(&self) -> anyhow::Result<Option<Guest>> {
        if self.connect.is_some() {
            return Ok(self.connect.clone());
        }
        let text = env::var(CONNECT).unwrap_or_default();
        let guest = Some(text).filter(|text| !text.is_empty()).map(|text| text.parse()).transpose();
        Ok(guest.map_err(|error: TargetError| Usage(format!("{CONNECT}: {error}")))?)
    }

    /// Whether the command line or the environment names a guest.
    pub(crate) fn names_a_guest(&self) -> bool {
        self.one.is_some()
            || self.connect.is_some()
            || env::var_os(CONNECT).is_some_and(|text| !text.is_empty())
    }

    /// The guests of the directories that are named, else of the known places.
    fn places(&self) -> anyhow::Result<Vec<Found>> {
        if self.directories.is_empty() {
            return places::known();
        }
        let found: Result<Vec<_>, _> =
            self.directories.iter().map(|place| places::in_directory(place)).collect();
        Ok(found?.into_iter().flatten().collect())
    }

    /// All of them, or those that patterns choose.
    pub(crate) fn guests(&self) -> anyhow::Result<Vec<Found>> {
        let mut guests = self.places()?;
        guests.retain(|guest| self.is_wanted(&guest.name));
        Ok(guests)
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

    fn is_wanted(&self, name: &str) -> bool {
        self.targets.is_empty()
            || self.targets.iter().any(|pattern| wildmatch::WildMatch::new(pattern).matches(name))
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
        for both in [["-c", "web1", "--all", "ping"], ["-c", "web1", "-tweb*", "ping"]] {
            assert!(Args::try_parse_from(["qga"].iter().chain(&both)).is_err(), "{both:?}");
        }
        let one = Common { one: Some("unix:/x".parse().unwrap()), ..common(&["--all"]) };
        assert!(!one.wants_many());
    }
}
