//! What the man pages, the example of the configuration file and the packaged unit are made of: the tables of options,
//! methods and tools, as text.

use crate::config::Config;
use crate::options::{OPTIONS, Role, default, names};
use crate::policy::keys;
use crate::tool::TOOLS;
use crate::unit;
use qga_transport::Method;

/// An option, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// How it is written, with its value: `-m, --method METHOD`.
    pub names: String,
    /// What it is for.
    pub help: &'static str,
    /// What is so without it; for an option whose value may be left out, what is meant then.
    pub default: Option<String>,
    /// The key of the configuration file that does the same.
    pub key: Option<Key>,
}

/// A key of the configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The group it stands in.
    pub group: &'static str,
    /// The name before the `=`.
    pub name: &'static str,
    /// What the file without it would have there; empty if nothing is set.
    pub value: String,
}

/// All options, in the order of the usage text.
pub fn options() -> Vec<Entry> {
    let mut defaults = Config::default();
    let mut key = |role: Role| match role {
        Role::Sets { group, key, field } => {
            let value = field(&mut defaults).show().unwrap_or_default();
            Some(Key { group, name: key, value: String::from_utf8_lossy(&value).into_owned() })
        }
        _ => None,
    };
    let entry = |option| {
        let (names, default) = (names(option), default(option));
        Entry { names, help: option.help, default, key: key(option.role) }
    };
    OPTIONS.iter().map(entry).collect()
}

/// The methods by which a host can reach the agent, and the path that each has by default.
pub fn methods() -> impl Iterator<Item = (&'static str, Option<&'static str>)> {
    Method::ALL.into_iter().map(|method| (method.as_str(), method.default_path()))
}

/// The unit for systemd that packages bring.
pub fn packaged_unit() -> String {
    unit::packaged()
}

/// What the program does besides serving: the word that asks for it, and what it does.
pub fn tools() -> impl Iterator<Item = (&'static str, &'static str)> {
    TOOLS.iter().map(|tool| (tool.name, tool.help))
}

/// The groups of the policy, and their keys with what they say.
pub fn policy() -> impl Iterator<Item = (&'static str, Vec<(&'static str, &'static str)>)> {
    let told = |keys: &'static [keys::Key]| keys.iter().map(|key| (key.name, key.help)).collect();
    [("policy", told(keys::MAIN)), ("policy exec NAME", told(keys::EXEC))].into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_told_with_its_key_and_what_is_so_without_it() {
        let method = options().into_iter().find(|option| option.names.contains("--method")).unwrap();
        let value = "virtio-serial".to_owned();
        assert_eq!(method.names, "-m, --method METHOD");
        assert_eq!(method.default, Some(value.clone()));
        assert_eq!(method.key, Some(Key { group: "general", name: "method", value }));
    }
}
