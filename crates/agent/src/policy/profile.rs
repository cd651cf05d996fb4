//! The groups of commands, and the profiles that are made of them.

use qga_wire::list::{COMMANDS, Shutdown};
use qga_wire::{Command, Declaration, Effect};

/// A name for commands that do the same to the guest; written with an `@` before it.
#[derive(Debug)]
pub struct Group {
    /// Without the `@`.
    pub name: &'static str,
    /// What its commands do.
    pub effects: &'static [Effect],
}

/// All groups. `@read` and `@write` are wide, so that blocking one leaves no way round.
pub const GROUPS: &[Group] = &[
    Group { name: "basic", effects: &[Effect::Basic] },
    Group { name: "read", effects: &[Effect::Basic, Effect::Read] },
    Group { name: "file", effects: &[Effect::File] },
    Group { name: "write", effects: &[Effect::Write, Effect::File] },
    Group { name: "exec", effects: &[Effect::Exec] },
    Group { name: "power", effects: &[Effect::Power] },
    Group { name: "freeze", effects: &[Effect::Freeze] },
    Group { name: "account", effects: &[Effect::Account] },
];

/// A choice of commands for a purpose.
#[derive(Debug, PartialEq, Eq)]
pub struct Profile {
    /// How a policy calls it.
    pub name: &'static str,
    /// What it is for.
    pub purpose: &'static str,
    /// What the commands that it permits do.
    pub effects: &'static [Effect],
    /// Further commands that it permits.
    pub names: &'static [&'static str],
}

use Effect::{Account, Basic, Exec, File, Freeze, Power, Read, Write};

/// The profile of a guest whose owner does not say otherwise.
pub const FULL: Profile = Profile {
    name: "full",
    purpose: "everything, as the reference agent",
    effects: &[Basic, Read, File, Write, Exec, Power, Freeze, Account],
    names: &[],
};

/// The profile that stands in for one that cannot be read.
pub const LOCKED: Profile =
    Profile { name: "locked", purpose: "nothing but sync, ping and info", effects: &[Basic], names: &[] };

/// What a confidential guest falls to whose owner names no profile: its host is not to be trusted.
pub const CONFIDENTIAL: Profile = Profile {
    name: "locked",
    purpose: "a confidential guest: `locked`, and shutting down",
    effects: &[Basic],
    names: &[Shutdown::NAME],
};

/// The profiles that a policy can name.
pub const PROFILES: &[Profile] = &[
    FULL,
    Profile { name: "monitor", purpose: "looking, no touching", effects: &[Basic, Read], names: &[] },
    Profile {
        name: "backup",
        purpose: "`monitor`, and freezing, thawing and trimming filesystems",
        effects: &[Basic, Read, Freeze],
        names: &[],
    },
    Profile {
        name: "files",
        purpose: "`monitor`, and reading and writing files",
        effects: &[Basic, Read, File],
        names: &[],
    },
    // The list that Red Hat's packages block (compat.md D.6).
    Profile {
        name: "vendor-rhel",
        purpose: "everything but files and programs, as RHEL ships the reference agent",
        effects: &[Basic, Read, Write, Power, Freeze, Account],
        names: &[],
    },
    LOCKED,
];

impl Profile {
    /// The profile of this name.
    pub fn named(name: &str) -> Option<&'static Profile> {
        PROFILES.iter().find(|profile| profile.name == name)
    }

    /// Whether it permits `command`.
    pub fn permits(&self, command: &Declaration) -> bool {
        self.effects.contains(&command.effect) || self.names.contains(&command.name)
    }
}

impl Group {
    /// The commands of the group of this name; `None` if there is no such group.
    pub fn commands(name: &str) -> Option<impl Iterator<Item = &'static Declaration>> {
        let group = GROUPS.iter().find(|group| group.name == name)?;
        Some(COMMANDS.iter().copied().filter(|command| group.effects.contains(&command.effect)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_in_a_group_and_in_the_full_profile() {
        for command in COMMANDS {
            assert!(GROUPS.iter().any(|group| group.effects.contains(&command.effect)), "{}", command.name);
            assert!(FULL.permits(command), "{}", command.name);
        }
    }

    #[test]
    fn a_host_can_talk_to_an_agent_under_any_profile() {
        for command in COMMANDS.iter().filter(|command| command.effect == Basic) {
            assert!(PROFILES.iter().all(|profile| profile.permits(command)), "{}", command.name);
        }
    }
}
