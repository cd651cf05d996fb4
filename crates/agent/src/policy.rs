//! What the owner of the guest lets the host do: the lists of the reference agent, and the `[policy]` groups of
//! the configuration file and its drop-in files. All of them must permit a command.
//!
//! Map: [`profile`] has the groups of commands and the profiles, the table to change; `selection` reads lists
//! of commands, `sources` the files, `read` makes a policy of them; `limits` are the rules on what a command is
//! asked to do, with `paths`, `programs` and `rates`. A policy is read as a whole and asked by
//! dispatch; what cannot be read is a policy that permits next to nothing, and says why.

pub(crate) mod keys;
mod limits;
mod lists;
mod paths;
pub mod profile;
pub(crate) mod programs;
mod rates;
mod read;
mod selection;
mod sources;
pub(crate) mod tool;

pub(crate) use limits::Touch;
pub(crate) use paths::PathRules;

use limits::Limits;
use lists::Lists;
use log::Level;
use profile::{FULL, Profile};
use qga_platform::strerror;
use qga_wire::Declaration;
use qga_wire::list::COMMANDS;
use selection::Selection;
use sources::Section;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use std::{fmt, io};

/// What the host may do.
#[derive(Debug)]
pub struct Policy {
    /// By the names of commands.
    decisions: BTreeMap<&'static str, Decision>,
    /// What restricts commands that are permitted.
    pub(crate) limits: Limits,
    /// What it was made of.
    settings: Vec<Section>,
    /// The refusals that the log has already.
    told: Mutex<BTreeSet<String>>,
}

/// Whether something may be done, and the rule that decided it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Whether it may.
    pub permitted: bool,
    /// Why.
    pub rule: Rule,
}

/// That the host is not let do something. It is told no more than that; the rest is for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The command.
    pub command: &'static str,
    /// What decided.
    pub rule: Rule,
    /// What it was to be done to; empty if the rule is about the command as such.
    pub object: String,
}

/// Something that decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// As it is written, or what stands for it if it is not.
    pub text: String,
    /// Where it is written; `None` if it is built in or comes from the command line.
    pub place: Option<Place>,
}

/// Where something is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: Arc<Path>,
    /// Counted from 1.
    pub line: usize,
}

/// Why a policy cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// What is written there is wrong.
    #[error("{place}: {reason}")]
    Wrong {
        /// Where.
        place: Place,
        /// What is wrong with it.
        reason: String,
    },
    /// The system does not give it to us.
    #[error("cannot read {file}: {reason}")]
    Unreadable {
        /// What cannot be read.
        file: String,
        /// What the system says.
        reason: String,
    },
}

/// What the policy groups say of commands as a whole.
#[derive(Debug)]
struct Choice {
    profile: &'static Profile,
    /// Why it is this profile.
    because: Rule,
    allow: Option<Listed>,
    block: Option<Listed>,
}

/// A list of commands, and where it stands.
#[derive(Debug)]
struct Listed {
    key: &'static str,
    commands: Selection,
    place: Place,
}

impl Default for Policy {
    /// The reference agent's: everything is permitted.
    fn default() -> Policy {
        Policy::of_profile(&FULL)
    }
}

impl Policy {
    fn new(lists: &Lists, choice: &Choice) -> Policy {
        let decide = |command: &&'static Declaration| {
            let decision = match lists.refusal(command) {
                Some(rule) => Decision { permitted: false, rule },
                None => choice.decision(command),
            };
            (command.name, decision)
        };
        Policy {
            decisions: COMMANDS.iter().map(decide).collect(),
            limits: Limits::default(),
            settings: Vec::new(),
            told: Mutex::default(),
        }
    }

    /// What this profile by itself permits.
    pub(crate) fn of_profile(profile: &'static Profile) -> Policy {
        Policy::new(&Lists::default(), &Choice::of(profile, Rule::built_in(profile)))
    }

    /// Whether `command` may be used, and why.
    pub fn decision(&self, command: &Declaration) -> &Decision {
        /// For what is in no table, and so has no decision.
        static UNKNOWN: Decision =
            Decision { permitted: false, rule: Rule { text: String::new(), place: None } };
        self.decisions.get(command.name).unwrap_or(&UNKNOWN)
    }

    /// Counts a use of `command`, if it may be used.
    pub(crate) fn admit(&self, command: &Declaration) -> Result<(), Refused> {
        let decision = self.decision(command);
        if !decision.permitted {
            return Err(Refused::new(command, &decision.rule));
        }
        let now = Instant::now();
        let refusal = self.limits.rates.iter().find_map(|rate| rate.refusal(command, now));
        refusal.map_or(Ok(()), |rule| Err(Refused::new(command, rule)))
    }

    /// Whether `command`, which may be used as such, may touch that.
    pub(crate) fn judge(&self, command: &Declaration, touch: Touch<'_>) -> Result<(), Refused> {
        match self.limits.judge(touch) {
            Some(Decision { permitted: false, rule }) => Err(Refused::new(command, &rule)),
            _ => Ok(()),
        }
    }

    /// What would be said of `command` if it were to touch that now, its rate aside.
    pub(crate) fn foresee(&self, command: &Declaration, touch: Touch<'_>) -> Decision {
        let decision = self.decision(command);
        let further = decision.permitted.then(|| self.limits.foresee(touch)).flatten();
        further.unwrap_or_else(|| decision.clone())
    }

    /// Writes a refusal to the log, the first time at a level that is always written: a host that tries again
    /// and again must not fill the disk.
    pub(crate) fn note(&self, refused: &Refused) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = told.insert(format!("{} {}", refused.command, refused.rule));
        drop(told);
        log::log!(if is_new { Level::Error } else { Level::Debug }, "{refused}");
    }
}

impl Refused {
    /// By this rule.
    pub(crate) fn new(command: &Declaration, rule: &Rule) -> Refused {
        Refused { command: command.name, rule: rule.clone(), object: String::new() }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} is refused by {}", self.command, self.rule)?;
        if self.object.is_empty() { Ok(()) } else { write!(out, ": {}", self.object) }
    }
}

impl Choice {
    fn of(profile: &'static Profile, because: Rule) -> Choice {
        Choice { profile, because, allow: None, block: None }
    }

    fn decision(&self, command: &Declaration) -> Decision {
        if let Some(rule) = self.block.as_ref().and_then(|list| list.rule_for(command)) {
            return Decision { permitted: false, rule };
        }
        if let Some(rule) = self.allow.as_ref().and_then(|list| list.rule_for(command)) {
            return Decision { permitted: true, rule };
        }
        Decision { permitted: self.profile.permits(command), rule: self.because.clone() }
    }
}

impl Listed {
    fn rule_for(&self, command: &Declaration) -> Option<Rule> {
        let word = self.commands.word_for(command)?;
        Some(Rule { text: format!("{}={word}", self.key), place: Some(self.place.clone()) })
    }
}

impl Rule {
    /// A profile that nothing written asks for.
    fn built_in(profile: &Profile) -> Rule {
        Rule { text: format!("the profile {} by default", profile.name), place: None }
    }
}

impl Place {
    fn new(file: &Arc<Path>, line: usize) -> Place {
        Place { file: Arc::clone(file), line }
    }

    fn error(&self, reason: impl Into<String>) -> PolicyError {
        PolicyError::Wrong { place: self.clone(), reason: reason.into() }
    }
}

impl PolicyError {
    fn unreadable(file: &Path, error: &io::Error) -> PolicyError {
        PolicyError::Unreadable { file: file.display().to_string(), reason: strerror(error) }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} by {}", if self.permitted { "permitted" } else { "refused" }, self.rule)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}, line {}", self.file.display(), self.line)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(out, "{} ({place})", self.text),
            None => out.write_str(&self.text),
        }
    }
}

#[cfg(test)]
mod tests;
