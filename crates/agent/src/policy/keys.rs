//! The keys of the policy's groups, as the manual page and the example of the configuration file tell them.

/// A key of a group.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    /// What it says, as the usage text would tell it of an option.
    pub(crate) help: &'static str,
}

pub(super) const PROFILE: &str = "profile";
pub(super) const ALLOW: &str = "allow";
pub(super) const BLOCK: &str = "block";
pub(super) const READ_PATHS: &str = "read-paths";
pub(super) const WRITE_PATHS: &str = "write-paths";
pub(super) const ACCOUNTS: &str = "accounts";
pub(super) const SHUTDOWN_MODES: &str = "shutdown-modes";
pub(super) const RATE: &str = "rate";
pub(super) const LARGEST_READ: &str = "largest-read";
pub(super) const LARGEST_OUTPUT: &str = "largest-output";

/// Those of the group `[policy]`.
pub(crate) const MAIN: &[Key] = &[
    Key {
        name: PROFILE,
        help: "permit the commands of this profile: full, monitor, backup, files, vendor-rhel or locked; full, if \
               nothing is said, but in a confidential guest locked and shutting down",
    },
    Key {
        name: ALLOW,
        help: "permit these commands besides, or without a profile only these; names, patterns of names, and groups \
               such as @read and @exec, with ';' or ',' between",
    },
    Key { name: BLOCK, help: "refuse these commands, whatever else is said" },
    Key {
        name: READ_PATHS,
        help: "open only these files for reading; '*' stands for anything in one name, '**' for any names; ';' \
               between; links are followed first",
    },
    Key { name: WRITE_PATHS, help: "open only these files for writing" },
    Key { name: ACCOUNTS, help: "set passwords and SSH keys of these users only; patterns with ';' between" },
    Key { name: SHUTDOWN_MODES, help: "let guest-shutdown do only this: powerdown, halt, reboot" },
    Key {
        name: RATE,
        help: "permit commands only so often: 'guest-exec 10/min', in spans of s, min, h or day; ';' between",
    },
    Key {
        name: LARGEST_READ,
        help: "read no more bytes from a file at a time; K, M and G may follow the number",
    },
    Key { name: LARGEST_OUTPUT, help: "keep no more bytes of each stream that a program writes" },
];

pub(super) const PROGRAM: &str = "program";
pub(super) const ARGUMENTS: &str = "arguments";
pub(super) const USER: &str = "user";
pub(super) const ENVIRONMENT: &str = "environment";
pub(super) const INPUT: &str = "input";

/// Those of a group `[policy exec NAME]`.
pub(crate) const EXEC: &[Key] = &[
    Key {
        name: PROGRAM,
        help: "permit guest-exec to run this program; with one such group it runs only what one of them permits",
    },
    Key {
        name: ARGUMENTS,
        help: "with these arguments, a pattern for each, ';' between; '**' at the end for any more",
    },
    Key { name: USER, help: "as this user" },
    Key { name: ENVIRONMENT, help: "and let the host set these variables; patterns with ';' between" },
    Key { name: INPUT, help: "and let the host send it something to read" },
];
