//! What of the agent's own a fuzzer must reach: readers of what an administrator wrote.

use crate::config::Config;
use crate::options::{self, Role};
use crate::policy::Policy;
use qga_platform::Root;
use qga_wire::list::COMMANDS;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

/// Reads `content` as the configuration file. What it says can be written down and read again.
///
/// # Panics
/// When it cannot.
pub fn configuration(content: &[u8]) {
    let mut config = Config::default();
    if config.read_file(content).is_ok() {
        let dumped = config.dump();
        assert!(Config::default().read_file(&dumped).is_ok(), "{}", dumped.escape_ascii());
    }
}

/// Reads `content` as a policy. Whatever it says, a host can find out what it may do.
///
/// # Panics
/// When it cannot.
pub fn policy(content: &[u8]) {
    let read = |path| Policy::parse(Path::new(path), content, &Root::at("/nonexistent"));
    for policy in [read("/etc/qemu-ga.conf"), read("/etc/qemu-ga.conf.d/a.conf")].into_iter().flatten() {
        for command in COMMANDS {
            drop(policy.decision(command).rule.to_string());
        }
    }
}

/// Reads `words`, each ended by a NUL byte, as the command line. No configuration file is read.
pub fn options(words: &[u8]) {
    let words = words.split(|byte| *byte == 0).map(|word| OsString::from_vec(word.to_vec()));
    let mut given = options::parse(words);
    given.retain(|given| !matches!(given, Ok(given) if matches!(given.option.role, Role::ConfigFile)));
    drop(Config::read(given, Some("/dev/null".into())));
}
