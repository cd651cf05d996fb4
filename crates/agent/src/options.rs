//! The options: one table, from which the parser, the usage text, the keys of the configuration file and
//! `--dump-conf` are derived (compat.md D.1 to D.3).

mod parse;
mod usage;

use crate::config::{self, ALLOW_RPCS, AUDIT, BLOCK_RPCS, Config, FREEZE, Field, GENERAL};

pub(crate) use parse::{Given, Misuse, operand, parse};
pub(crate) use usage::{command_names, default, names, usage, version};

/// One option.
#[derive(Debug)]
pub(crate) struct Opt {
    /// The name after two dashes.
    pub(crate) long: Option<&'static str>,
    /// The letter after one dash; only options that the reference agent has, too, have one.
    pub(crate) short: Option<char>,
    /// Whether it takes a value.
    pub(crate) value: Value,
    /// What it is for.
    pub(crate) role: Role,
    /// What the usage text says of it.
    pub(crate) help: &'static str,
}

/// Whether an option takes a value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value {
    /// It takes none.
    None,
    /// It takes one, called so in the usage text.
    Required(&'static str),
    /// It takes one only if that is joined to it; `implied` is meant otherwise.
    Joined { name: &'static str, implied: &'static str },
}

/// What an option is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Role {
    /// It sets a field of the configuration, as the key does in that group of the configuration file.
    Sets { group: &'static str, key: &'static str, field: fn(&mut Config) -> Field<'_> },
    /// It names the configuration file.
    ConfigFile,
    /// It prints the resulting configuration instead of serving.
    DumpConf,
    /// It prints the version instead of serving.
    Version,
    /// It prints the usage text instead of serving.
    Help,
    /// It means nothing on this system.
    Ignored,
}

/// All options. Those that are keys of the configuration file come in the order of `--dump-conf`.
pub(crate) const OPTIONS: &[Opt] = &[
    Opt {
        long: Some("config"),
        short: Some('c'),
        value: Value::Required("FILE"),
        role: Role::ConfigFile,
        help: "read this configuration file, which must exist; otherwise the one that QGA_CONF names, \
               otherwise the default one, if there is one",
    },
    Opt {
        long: Some("daemonize"),
        short: Some('d'),
        value: Value::None,
        role: Role::Sets { group: GENERAL, key: "daemon", field: |config| Field::Switch(&mut config.daemon) },
        help: "go into the background once the channel is open",
    },
    Opt {
        long: Some("method"),
        short: Some('m'),
        value: Value::Required("METHOD"),
        role: Role::Sets { group: GENERAL, key: "method", field: |config| Field::Text(&mut config.method) },
        help: "how the host reaches the agent: one of the methods below",
    },
    Opt {
        long: Some("path"),
        short: Some('p'),
        value: Value::Required("PATH"),
        role: Role::Sets { group: GENERAL, key: "path", field: |config| Field::Path(&mut config.path) },
        help: "device or socket to use",
    },
    Opt {
        long: Some("logfile"),
        short: Some('l'),
        value: Value::Required("FILE"),
        role: Role::Sets { group: GENERAL, key: "logfile", field: |config| Field::Path(&mut config.logfile) },
        help: "add the log to this file instead of writing it to standard error",
    },
    Opt {
        long: Some("pidfile"),
        short: Some('f'),
        value: Value::Required("FILE"),
        role: Role::Sets {
            group: GENERAL,
            key: "pidfile",
            field: |config| Field::Text(config.pidfile.as_mut_os_string()),
        },
        help: "keep the process id here when in the background",
    },
    Opt {
        long: Some("fsfreeze-hook"),
        short: Some('F'),
        value: Value::Joined { name: "FILE", implied: config::DEFAULT_HOOK },
        role: Role::Sets {
            group: GENERAL,
            key: "fsfreeze-hook",
            field: |config| Field::Path(&mut config.freeze.hook),
        },
        help: "call this program with 'freeze' before filesystems are frozen and with 'thaw' after they are \
               thawed; FILE must be joined to the option, as in -F/FILE; /dev/null means no program",
    },
    Opt {
        long: Some("statedir"),
        short: Some('t'),
        value: Value::Required("DIRECTORY"),
        role: Role::Sets {
            group: GENERAL,
            key: "statedir",
            field: |config| Field::Text(config.statedir.as_mut_os_string()),
        },
        help: "keep what outlives the agent in this directory, which must exist",
    },
    Opt {
        long: Some("verbose"),
        short: Some('v'),
        value: Value::None,
        role: Role::Sets {
            group: GENERAL,
            key: "verbose",
            field: |config| Field::Switch(&mut config.verbose),
        },
        help: "log everything, not only what went wrong",
    },
    Opt {
        long: Some("retry-path"),
        short: Some('r'),
        value: Value::None,
        role: Role::Sets {
            group: GENERAL,
            key: "retry-path",
            field: |config| Field::Switch(&mut config.retry_path),
        },
        help: "keep trying to open the channel when it is missing or breaks",
    },
    Opt {
        long: Some(BLOCK_RPCS),
        short: Some('b'),
        value: Value::Required("NAMES"),
        role: Role::Sets {
            group: GENERAL,
            key: BLOCK_RPCS,
            field: |config| Field::Names(&mut config.block_rpcs),
        },
        help: "refuse these commands; names with commas and no blanks between; 'help' lists all",
    },
    Opt {
        long: Some(ALLOW_RPCS),
        short: Some('a'),
        value: Value::Required("NAMES"),
        role: Role::Sets {
            group: GENERAL,
            key: ALLOW_RPCS,
            field: |config| Field::Names(&mut config.allow_rpcs),
        },
        help: "refuse all commands but these",
    },
    Opt {
        long: Some("freeze-timeout"),
        short: None,
        value: Value::Required("SECONDS"),
        role: Role::Sets {
            group: FREEZE,
            key: "freeze-timeout",
            field: |config| Field::Limit(&mut config.freeze.limit),
        },
        help: "thaw what has been frozen for so long, if the host has not done so; 0 waits for the host without end",
    },
    Opt {
        long: Some("freeze-exclude"),
        short: None,
        value: Value::Required("PATTERNS"),
        role: Role::Sets {
            group: FREEZE,
            key: "exclude",
            field: |config| Field::Patterns(&mut config.freeze.exclude),
        },
        help: "never freeze what is mounted there; patterns as the shell has them, with ';' or ',' between",
    },
    Opt {
        long: Some("hook-timeout"),
        short: None,
        value: Value::Required("SECONDS"),
        role: Role::Sets {
            group: FREEZE,
            key: "hook-timeout",
            field: |config| Field::Limit(&mut config.freeze.hook_limit),
        },
        help: "kill the program of --fsfreeze-hook when it has run for so long; 0 waits without end",
    },
    Opt {
        long: Some("audit-file"),
        short: None,
        value: Value::Required("FILE"),
        role: Role::Sets { group: AUDIT, key: "file", field: |config| Field::Path(&mut config.audit.file) },
        help: "add a record of each request that changes something, and of each that is refused, to this file, \
               besides the system's journal",
    },
    Opt {
        long: Some("audit-chain"),
        short: None,
        value: Value::None,
        role: Role::Sets {
            group: AUDIT,
            key: "chain",
            field: |config| Field::Switch(&mut config.audit.chain),
        },
        help: "have each line of that file end with a hash over it and the line before",
    },
    Opt {
        long: Some("audit-level"),
        short: None,
        value: Value::Required("LEVEL"),
        role: Role::Sets {
            group: AUDIT,
            key: "level",
            field: |config| Field::Level(&mut config.audit.level),
        },
        help: "record 'changes' and refusals, 'all' requests, or 'none'",
    },
    Opt {
        long: Some("dump-conf"),
        short: Some('D'),
        value: Value::None,
        role: Role::DumpConf,
        help: "print the configuration that results from file and options, in the form of the file, and exit",
    },
    Opt {
        long: Some("version"),
        short: Some('V'),
        value: Value::None,
        role: Role::Version,
        help: "print the version and exit",
    },
    Opt {
        long: Some("help"),
        short: Some('h'),
        value: Value::None,
        role: Role::Help,
        help: "print this and exit",
    },
    Opt {
        long: None,
        short: Some('s'),
        value: Value::Required("VERB"),
        role: Role::Ignored,
        help: "for Windows; accepted and ignored elsewhere",
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_name_stands_for_two_options() {
        let shorts: Vec<_> = OPTIONS.iter().filter_map(|option| option.short).collect();
        let longs: Vec<_> = OPTIONS.iter().filter_map(|option| option.long).collect();
        assert_eq!(shorts.iter().collect::<BTreeSet<_>>().len(), shorts.len());
        assert_eq!(longs.iter().collect::<BTreeSet<_>>().len(), longs.len());
        assert!(OPTIONS.iter().all(|option| option.short.is_some() || option.long.is_some()));
    }

    #[test]
    fn a_key_is_named_like_its_option_but_for_daemonize_and_its_group() {
        for option in OPTIONS {
            if let Role::Sets { group, key, .. } = option.role {
                let expected = option.long.map(|long| if long == "daemonize" { "daemon" } else { long });
                let with_group = format!("{group}-{key}");
                assert!([Some(key), Some(&with_group)].contains(&expected), "{key}");
            }
        }
    }

    #[test]
    fn what_the_reference_does_not_have_is_in_groups_of_its_own() {
        for option in OPTIONS {
            if let Role::Sets { group, .. } = option.role {
                assert_eq!(group == GENERAL, option.short.is_some(), "{option:?}");
            }
        }
    }
}
