//! From the words of the files to a policy.

use super::keys::{
    ACCOUNTS, ALLOW, BLOCK, LARGEST_OUTPUT, LARGEST_READ, PROFILE, RATE, READ_PATHS, SHUTDOWN_MODES,
    WRITE_PATHS,
};
use super::limits::{Accounts, Limits, Stops, rule};
use super::paths::{self, PathRules};
use super::profile::{CONFIDENTIAL, FULL, LOCKED, PROFILES, Profile};
use super::programs::{self, ProgramRule};
use super::rates::Rate;
use super::selection::{Selection, words};
use super::sources::{GROUP, Section, Setting, Sources};
use super::{Choice, Listed, Lists, Place, Policy, PolicyError, Rule};
use crate::config::Config;
use glob::{Pattern, PatternError};
use qga_platform::power::Stop;
use qga_platform::{Root, confidential};
use std::path::Path;

/// What `allow` adds to when no profile is named.
const NOTHING: Profile = Profile { name: "", purpose: "nothing", effects: &[], names: &[] };

impl Policy {
    /// The policy of the configuration `config`, in the guest whose files `root` has. If there is an error in
    /// it, the policy is `locked`, and the error is told along with it.
    pub(crate) fn of(config: &Config, root: &Root) -> (Policy, Option<PolicyError>) {
        let lists = Lists::of(config);
        match Sources::read(&config.file).and_then(|sources| Draft::of(sources, root)) {
            Ok(draft) => (draft.policy(&lists), None),
            Err(error) => {
                let text = format!("the profile {}, as the policy is wrong: {error}", LOCKED.name);
                let choice = Choice::of(&LOCKED, Rule { text, place: None });
                (Policy::new(&lists, &choice), Some(error))
            }
        }
    }

    /// The groups of the policy of all files in the form of one, for `--dump-conf`. Who starts an agent with what
    /// was dumped must not find it without its policy, so an error is told.
    pub(crate) fn dump(config: &Config) -> Result<Vec<u8>, PolicyError> {
        let draft = Draft::of(Sources::read(&config.file)?, &Root::system())?;
        Ok(draft.sources.groups.iter().flat_map(Section::dump).collect())
    }

    /// The policy that this file by itself makes.
    pub(crate) fn parse(path: &Path, content: &[u8], root: &Root) -> Result<Policy, PolicyError> {
        let draft = Sources::of(path, content).and_then(|sources| Draft::of(sources, root))?;
        Ok(draft.policy(&Lists::default()))
    }
}

/// A policy without the lists of the reference agent.
struct Draft {
    choice: Choice,
    limits: Limits,
    sources: Sources,
}

impl Draft {
    fn of(sources: Sources, root: &Root) -> Result<Draft, PolicyError> {
        let mut limits = Limits::default();
        let mut settings: &[Setting] = &[];
        for section in &sources.groups {
            if section.name == GROUP {
                settings = &section.settings;
            } else if section.name.starts_with(programs::GROUP) {
                limits.programs.get_or_insert_default().push(ProgramRule::parse(section)?);
            } else {
                return Err(section.place.error(format!("there is no group [{}]", section.name)));
            }
        }
        let mut words = Words::default();
        for setting in settings {
            words.read(setting, &mut limits, root)?;
        }
        limits.paths = PathRules::new(words.read_paths.take(), words.write_paths.take());
        let choice = words.choice(root);
        Ok(Draft { choice, limits, sources })
    }

    fn policy(self, lists: &Lists) -> Policy {
        let settings = self.sources.groups;
        Policy { limits: self.limits, settings, ..Policy::new(lists, &self.choice) }
    }
}

/// What the keys of the group say that is put together once all are read.
#[derive(Default)]
struct Words {
    profile: Option<(&'static Profile, Rule)>,
    allow: Option<Listed>,
    block: Option<Listed>,
    read_paths: Option<(Vec<Pattern>, Place)>,
    write_paths: Option<(Vec<Pattern>, Place)>,
}

impl Words {
    fn read(&mut self, setting: &Setting, limits: &mut Limits, root: &Root) -> Result<(), PolicyError> {
        let wrong = |reason: String| setting.error(reason);
        let (value, place) = (setting.value.as_str(), &setting.place);
        let paths = || paths::patterns(value).map(|it| (paths::followed(it, root), place.clone()));
        match setting.key.as_str() {
            PROFILE => self.profile = Some(named(setting)?),
            ALLOW => self.allow = Some(listed(ALLOW, setting)?),
            BLOCK => self.block = Some(listed(BLOCK, setting)?),
            READ_PATHS => self.read_paths = Some(paths().map_err(wrong)?),
            WRITE_PATHS => self.write_paths = Some(paths().map_err(wrong)?),
            ACCOUNTS => limits.accounts = Some(accounts(setting)?),
            SHUTDOWN_MODES => limits.stops = Some(stops(setting)?),
            RATE => limits.rates = Rate::parse_list(RATE, value, place).map_err(wrong)?,
            LARGEST_READ => limits.largest_read = Some(bytes(value).map_err(wrong)?),
            LARGEST_OUTPUT => limits.largest_output = Some(bytes(value).map_err(wrong)?),
            _ => return Err(setting.unknown()),
        }
        Ok(())
    }

    fn choice(self, root: &Root) -> Choice {
        let (profile, because) = self.profile.unwrap_or_else(|| unnamed(self.allow.as_ref(), root));
        Choice { profile, because, allow: self.allow, block: self.block }
    }
}

/// The profile that is meant when none is named.
fn unnamed(allow: Option<&Listed>, root: &Root) -> (&'static Profile, Rule) {
    if let Some(kind) = confidential::kind(root) {
        let text = format!("the profile {} by default in a confidential guest ({kind})", CONFIDENTIAL.name);
        return (&CONFIDENTIAL, Rule { text, place: None });
    }
    match allow {
        Some(list) => {
            let text = format!("{ALLOW} does not name it");
            (&NOTHING, Rule { text, place: Some(list.place.clone()) })
        }
        None => (&FULL, Rule::built_in(&FULL)),
    }
}

fn named(setting: &Setting) -> Result<(&'static Profile, Rule), PolicyError> {
    let name = setting.value.trim();
    let profile = Profile::named(name).ok_or_else(|| {
        let names: Vec<&str> = PROFILES.iter().map(|profile| profile.name).collect();
        setting.error(format!("names no profile with '{name}': there are {}", names.join(", ")))
    })?;
    Ok((profile, Rule { text: format!("{PROFILE}={name}"), place: Some(setting.place.clone()) }))
}

fn listed(key: &'static str, setting: &Setting) -> Result<Listed, PolicyError> {
    let commands = Selection::parse(&setting.value).map_err(|reason| setting.error(reason))?;
    Ok(Listed { key, commands, place: setting.place.clone() })
}

fn accounts(setting: &Setting) -> Result<Accounts, PolicyError> {
    let parse = |word| {
        let wrong =
            |error: PatternError| setting.error(format!("has a bad pattern, '{word}': {}", error.msg));
        Pattern::new(word).map_err(wrong)
    };
    let patterns = words(&setting.value).map(parse).collect::<Result<_, _>>()?;
    Ok(Accounts { patterns, rule: rule(ACCOUNTS, &setting.place) })
}

fn stops(setting: &Setting) -> Result<Stops, PolicyError> {
    let parse = |word| Stop::parse(word).ok_or_else(|| setting.error(format!("names no mode with '{word}'")));
    let modes = words(&setting.value).map(parse).collect::<Result<_, _>>()?;
    Ok(Stops { modes, rule: rule(SHUTDOWN_MODES, &setting.place) })
}

/// A number of bytes: `4096`, `64K`, `16M`.
fn bytes(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let (number, shift) = [('K', 10), ('M', 20), ('G', 30)]
        .into_iter()
        .find_map(|(unit, shift)| Some((text.strip_suffix(unit)?, shift)))
        .unwrap_or((text, 0));
    let bytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(1 << shift));
    bytes.ok_or_else(|| format!("must be a number of bytes such as 4096, 64K or 16M, not '{text}'"))
}

impl Setting {
    /// Its value as a yes or no.
    pub(super) fn switch(&self) -> Result<bool, PolicyError> {
        match self.value.trim() {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            other => Err(self.error(format!("must be true or false, not '{other}'"))),
        }
    }

    pub(super) fn unknown(&self) -> PolicyError {
        self.place.error(format!("there is no key '{}'", self.key))
    }

    pub(super) fn error(&self, reason: impl Into<String>) -> PolicyError {
        self.place.error(format!("key '{}' {}", self.key, reason.into()))
    }
}
