//! The lists of the reference agent.

use super::{Place, Rule};
use crate::config::{ALLOW_RPCS, BLOCK_RPCS, Config, GENERAL};
use crate::keyfile::KeyFile;
use qga_platform::store;
use qga_wire::Declaration;
use std::path::Path;
use std::sync::Arc;

/// The allow list and the block list: exact names, unknown ones mean nothing (compat.md D.2). An empty allow
/// list is no list; a name on both lists is blocked.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    allowed: List,
    blocked: List,
}

#[derive(Debug, Default)]
struct List {
    names: Vec<String>,
    /// What the configuration file has of it, and where.
    in_file: Option<(String, Place)>,
}

impl Lists {
    /// The lists that the command line and the configuration file make together.
    pub(crate) fn of(config: &Config) -> Lists {
        // That it can be read was found out before; without it only the places are missing.
        let file = store::read(&config.file).ok().and_then(|content| KeyFile::parse(&content).ok());
        let list = |key, names: &[String]| {
            let in_file = file.as_ref().and_then(|file| find(file, &config.file, key));
            List { names: names.to_vec(), in_file }
        };
        Lists { allowed: list(ALLOW_RPCS, &config.allow_rpcs), blocked: list(BLOCK_RPCS, &config.block_rpcs) }
    }

    /// What the lists have against `command`.
    pub(super) fn refusal(&self, command: &Declaration) -> Option<Rule> {
        if self.blocked.names.iter().any(|name| name == command.name) {
            let place = self.blocked.place_of(command.name);
            return Some(Rule { text: BLOCK_RPCS.to_owned(), place });
        }
        let refused =
            !self.allowed.names.is_empty() && self.allowed.names.iter().all(|it| it != command.name);
        refused.then(|| {
            let place = self.allowed.in_file.as_ref().map(|(_, place)| place.clone());
            Rule { text: format!("{ALLOW_RPCS} does not name it"), place }
        })
    }
}

impl List {
    fn place_of(&self, name: &str) -> Option<Place> {
        let (text, place) = self.in_file.as_ref()?;
        text.split(',').any(|other| other == name).then(|| place.clone())
    }
}

fn find(file: &KeyFile, path: &Path, key: &str) -> Option<(String, Place)> {
    let text = file.text(GENERAL, key).ok()??;
    Some((text, Place::new(&Arc::from(path), file.line(GENERAL, key)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use qga_wire::Command;
    use qga_wire::list::{Info, Ping, Sync};

    fn permitted(allowed: &[&str], blocked: &[&str]) -> [bool; 3] {
        let list =
            |names: &[&str]| List { names: names.iter().map(ToString::to_string).collect(), in_file: None };
        let lists = Lists { allowed: list(allowed), blocked: list(blocked) };
        [&Ping::DECLARATION, &Sync::DECLARATION, &Info::DECLARATION].map(|it| lists.refusal(it).is_none())
    }

    #[test]
    fn what_is_on_both_lists_is_blocked() {
        assert_eq!(permitted(&[Ping::NAME, Sync::NAME], &[Sync::NAME, "unknown"]), [true, false, false]);
    }

    #[test]
    fn no_lists_permit_all() {
        assert_eq!(permitted(&[], &[]), [true; 3]);
    }
}
