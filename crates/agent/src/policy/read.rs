//! From the words of the files to a policy.

use super::profile::{CONFIDENTIAL, FULL, LOCKED, PROFILES, Profile};
use super::selection::Selection;
use super::sources::{GROUP, Setting, Sources};
use super::{Choice, Listed, Lists, Policy, PolicyError, Rule};
use crate::config::Config;
use qga_platform::{Root, confidential};
#[cfg(any(test, feature = "fuzzing"))]
use std::path::Path;

/// The keys of the group.
const PROFILE: &str = "profile";
const ALLOW: &str = "allow";
const BLOCK: &str = "block";

/// What `allow` adds to when no profile is named.
const NOTHING: Profile = Profile { name: "", purpose: "nothing", effects: &[], names: &[] };

impl Policy {
    /// The policy of the configuration `config`, in the guest whose files `root` has. If there is an error in
    /// it, the policy is `locked`, and the error is told along with it.
    pub(crate) fn of(config: &Config, root: &Root) -> (Policy, Option<PolicyError>) {
        let lists = Lists::of(config);
        match Sources::read(&config.file).and_then(|sources| choice(&sources, root)) {
            Ok(choice) => (Policy::new(&lists, &choice), None),
            Err(error) => {
                let text = format!("the profile {}, as the policy is wrong: {error}", LOCKED.name);
                (Policy::new(&lists, &Choice::of(&LOCKED, Rule { text, place: None })), Some(error))
            }
        }
    }

    /// The policy that this file by itself makes.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn parse(path: &Path, content: &[u8], root: &Root) -> Result<Policy, PolicyError> {
        let choice = Sources::of(path, content).and_then(|sources| choice(&sources, root))?;
        Ok(Policy::new(&Lists::default(), &choice))
    }
}

fn choice(sources: &Sources, root: &Root) -> Result<Choice, PolicyError> {
    let mut choice = Choice::of(&FULL, Rule::built_in(&FULL));
    let mut profile = None;
    for section in &sources.groups {
        if section.name != GROUP {
            return Err(section.place.error(format!("there is no group [{}]", section.name)));
        }
        for setting in &section.settings {
            match setting.key.as_str() {
                PROFILE => profile = Some(named(setting)?),
                ALLOW => choice.allow = Some(listed(ALLOW, setting)?),
                BLOCK => choice.block = Some(listed(BLOCK, setting)?),
                other => return Err(setting.place.error(format!("there is no key '{other}'"))),
            }
        }
    }
    (choice.profile, choice.because) = profile.unwrap_or_else(|| unnamed(choice.allow.as_ref(), root));
    Ok(choice)
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

impl Setting {
    fn error(&self, reason: impl Into<String>) -> PolicyError {
        self.place.error(format!("key '{}' {}", self.key, reason.into()))
    }
}
