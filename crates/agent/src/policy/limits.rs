//! Rules on what a command is asked to do: they restrict commands that the policy permits as such.

use super::paths::PathRules;
use super::programs::{self, ProgramRule};
use super::rates::Rate;
use super::{Decision, Place, Rule};
use glob::Pattern;
use qga_platform::file::OpenMode;
use qga_platform::power::Stop;
use qga_wire::list::Exec;

/// All such rules; those that are not there restrict nothing.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    /// Which files may be opened.
    pub(crate) paths: Option<PathRules>,
    /// Which programs may be run.
    pub(crate) programs: Option<Vec<ProgramRule>>,
    pub(super) accounts: Option<Accounts>,
    pub(super) stops: Option<Stops>,
    pub(super) rates: Vec<Rate>,
    /// How many bytes are read from a file at a time.
    pub(crate) largest_read: Option<u64>,
    /// How many bytes are kept of what a program writes.
    pub(crate) largest_output: Option<u64>,
}

/// What a command touches, as far as its arguments tell.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Touch<'a> {
    /// Nothing that rules are about.
    Nothing,
    /// A user of the system.
    Account(&'a str),
    /// The whole guest, which it stops; `None` if the mode is wrong, which is told by the command.
    Stop(Option<Stop>),
    /// A file: what rules say of it is asked when it is opened, of what is really there.
    File { path: &'a str, mode: &'a str },
    /// A program: what rules say of it is asked when it is started, as they also say how.
    Program(&'a Exec),
}

/// Which users may be changed, and have their keys read.
#[derive(Debug)]
pub(super) struct Accounts {
    pub(super) patterns: Vec<Pattern>,
    pub(super) rule: Rule,
}

/// How the guest may be stopped.
#[derive(Debug)]
pub(super) struct Stops {
    pub(super) modes: Vec<Stop>,
    pub(super) rule: Rule,
}

impl Limits {
    /// What the rules say that can be said before the command acts; `None` if nothing.
    pub(crate) fn judge(&self, touch: Touch<'_>) -> Option<Decision> {
        match (touch, &self.accounts, &self.stops) {
            (Touch::Account(name), Some(accounts), _) => Some(accounts.judge(name)),
            (Touch::Stop(Some(stop)), _, Some(stops)) => Some(stops.judge(stop)),
            _ => None,
        }
    }

    /// As [`Limits::judge`], and what would be said when the command acts, as things are now.
    pub(super) fn foresee(&self, touch: Touch<'_>) -> Option<Decision> {
        match (touch, &self.paths, &self.programs) {
            (Touch::File { path, mode }, Some(rules), _) => {
                OpenMode::parse(mode).map(|mode| rules.foresee(path, mode))
            }
            (Touch::Program(asked), _, Some(rules)) => Some(programs::foresee(rules, asked)),
            _ => self.judge(touch),
        }
    }
}

impl Accounts {
    fn judge(&self, name: &str) -> Decision {
        let permitted = self.patterns.iter().any(|pattern| pattern.matches(name));
        Decision { permitted, rule: self.rule.clone() }
    }
}

impl Stops {
    fn judge(&self, stop: Stop) -> Decision {
        Decision { permitted: self.modes.contains(&stop), rule: self.rule.clone() }
    }
}

/// The rule that a key stands for.
pub(super) fn rule(key: &str, place: &Place) -> Rule {
    Rule { text: key.to_owned(), place: Some(place.clone()) }
}
