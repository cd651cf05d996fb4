//! Which commands the owner of the guest lets the host use.

use qga_wire::Declaration;
use std::collections::BTreeSet;

/// The allow list and the block list: exact names, unknown ones mean nothing (compat.md D.2).
#[derive(Debug, Default)]
pub struct Access {
    allowed: Option<BTreeSet<String>>,
    blocked: BTreeSet<String>,
}

impl Access {
    /// An empty allow list is no list; a name on both lists is blocked.
    pub fn new(
        allowed: impl IntoIterator<Item = String>,
        blocked: impl IntoIterator<Item = String>,
    ) -> Access {
        let allowed: BTreeSet<String> = allowed.into_iter().collect();
        let allowed = (!allowed.is_empty()).then_some(allowed);
        Access { allowed, blocked: blocked.into_iter().collect() }
    }

    /// Whether the lists let `command` be used.
    pub fn permits(&self, command: &Declaration) -> bool {
        let allowed = self.allowed.as_ref().is_none_or(|names| names.contains(command.name));
        allowed && !self.blocked.contains(command.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use qga_wire::Command;
    use qga_wire::list::{Info, Ping, Sync};

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_on_both_lists_is_blocked() {
        let access = Access::new(names(&[Ping::NAME, Sync::NAME]), names(&[Sync::NAME, "unknown"]));
        let permitted =
            [&Ping::DECLARATION, &Sync::DECLARATION, &Info::DECLARATION].map(|c| access.permits(c));
        assert_eq!(permitted, [true, false, false]);
    }

    #[test]
    fn no_lists_permit_all() {
        assert!(Access::new([], []).permits(&Ping::DECLARATION));
    }
}
