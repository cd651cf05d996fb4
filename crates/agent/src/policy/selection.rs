//! Lists of commands: names, patterns of names, and groups.

use super::profile::{GROUPS, Group};
use glob::Pattern;
use qga_wire::Declaration;
use qga_wire::list::COMMANDS;

/// Commands that a list in the policy names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Selection(Vec<(&'static str, String)>);

impl Selection {
    /// Reads a list: `guest-ping`, `guest-get-*`, `@read`, with `;` or `,` between. A word that means no
    /// command is an error, as it was meant to do something.
    pub(crate) fn parse(text: &str) -> Result<Selection, String> {
        let mut selection = Selection::default();
        for word in words(text) {
            let names = commands(word)?;
            if names.is_empty() {
                return Err(format!("names no command with '{word}'"));
            }
            selection.0.extend(names.into_iter().map(|name| (name, word.to_owned())));
        }
        Ok(selection)
    }

    /// The word of the list that means `command`.
    pub(crate) fn word_for(&self, command: &Declaration) -> Option<&str> {
        self.0.iter().find(|(name, _)| *name == command.name).map(|(_, word)| word.as_str())
    }
}

/// The words of a list with `;` or `,` between.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([';', ',']).map(str::trim).filter(|word| !word.is_empty())
}

fn commands(word: &str) -> Result<Vec<&'static str>, String> {
    if let Some(group) = word.strip_prefix('@') {
        let commands = Group::commands(group).ok_or_else(|| unknown_group(group))?;
        return Ok(commands.map(|command| command.name).collect());
    }
    let pattern =
        Pattern::new(word).map_err(|error| format!("has a bad pattern, '{word}': {}", error.msg))?;
    Ok(COMMANDS.iter().map(|command| command.name).filter(|name| pattern.matches(name)).collect())
}

fn unknown_group(name: &str) -> String {
    let groups: Vec<String> = GROUPS.iter().map(|group| format!("@{}", group.name)).collect();
    format!("names no group with '@{name}': there are {}", groups.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use qga_wire::Command;
    use qga_wire::list::{Exec, GetOsinfo, GetUsers, Ping};

    fn word(list: &str, command: &Declaration) -> Result<Option<String>, String> {
        Selection::parse(list).map(|selection| selection.word_for(command).map(str::to_owned))
    }

    #[test]
    fn commands_are_named_by_name_pattern_and_group() {
        let list = "guest-ping; guest-get-[a-o]*,@exec";
        let found = |word: &str| Ok(Some(word.to_owned()));
        assert_eq!(word(list, &Ping::DECLARATION), found("guest-ping"));
        assert_eq!(word(list, &GetOsinfo::DECLARATION), found("guest-get-[a-o]*"));
        assert_eq!(word(list, &GetUsers::DECLARATION), Ok(None));
        assert_eq!(word(list, &Exec::DECLARATION), found("@exec"));
        assert_eq!(word("", &Ping::DECLARATION), Ok(None));
    }

    #[test]
    fn a_word_without_meaning_is_an_error() {
        for (list, expected) in [
            ("guest-png", "names no command with 'guest-png'"),
            ("@all", "names no group with '@all': there are @basic @read"),
            ("guest-[", "has a bad pattern, 'guest-[': "),
        ] {
            let told = Selection::parse(list).unwrap_err();
            assert!(told.starts_with(expected), "{told}");
        }
    }
}
