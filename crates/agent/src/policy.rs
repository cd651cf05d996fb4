//! What the owner of the guest lets the host do: the lists of the reference agent, and the `[policy]` groups of
//! the configuration file and its drop-in files. All of them must permit a command.
//!
//! Map: [`profile`] has the groups of commands and the profiles, the table to change; `selection` reads lists
//! of commands, `sources` the files, `read` makes a policy of them. A policy is read as a whole and asked by
//! dispatch; what cannot be read is a policy that permits next to nothing, and says why.

mod lists;
pub mod profile;
mod read;
mod selection;
mod sources;

use crate::fault::Fault;
use lists::Lists;
use log::Level;
use profile::{FULL, Profile};
use qga_platform::strerror;
use qga_wire::Declaration;
use qga_wire::list::COMMANDS;
use selection::Selection;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::{fmt, io};

/// What the host may do.
#[derive(Debug)]
pub struct Policy {
    /// By the names of commands.
    decisions: BTreeMap<&'static str, Decision>,
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
        Policy::new(&Lists::default(), &Choice::of(&FULL, Rule::built_in(&FULL)))
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
        Policy { decisions: COMMANDS.iter().map(decide).collect(), told: Mutex::default() }
    }

    /// Whether `command` may be used, and why.
    pub fn decision(&self, command: &Declaration) -> &Decision {
        /// For what is in no table, and so has no decision.
        static UNKNOWN: Decision =
            Decision { permitted: false, rule: Rule { text: String::new(), place: None } };
        self.decisions.get(command.name).unwrap_or(&UNKNOWN)
    }

    /// Refuses `command` by `rule`. The host is told no more than that it may not; the log has the rule, the
    /// first time at a level that is always written: a host that tries again and again must not fill the disk.
    pub(crate) fn refuse(&self, command: &Declaration, rule: &Rule) -> Fault {
        let text = format!("{} is refused by {rule}", command.name);
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let level = if told.contains(&text) { Level::Debug } else { Level::Error };
        told.insert(text.clone());
        drop(told);
        log::log!(level, "{text}");
        Fault::Disabled(command.name)
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
