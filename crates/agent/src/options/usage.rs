//! The texts that options print.

use super::{OPTIONS, Opt, Role, Value};
use crate::config::{self, Config, Field};
use crate::tool::TOOLS;
use qga_transport::Method;
use qga_wire::{COMPATIBLE_VERSION, list::COMMANDS};

/// What stands before the explanation of an option, and before its further lines.
const INDENT: usize = 8;
const WIDTH: usize = 80;

/// The answer to `--version`: the release that hosts may take us for, and what we are.
pub(crate) fn version() -> String {
    format!("QEMU Guest Agent {COMPATIBLE_VERSION}\nqga {}\n", env!("CARGO_PKG_VERSION"))
}

/// The answer to `--block-rpcs help`: the names of all commands, one on a line.
pub(crate) fn command_names() -> String {
    lines(COMMANDS.iter().map(|command| command.name.to_owned()))
}

/// The answer to `--help`.
pub(crate) fn usage(program: &str) -> String {
    let head = format!("Usage: {program} [-m <method> -p <path>] [<options>]\n{}\nOptions:\n", version());
    let options = OPTIONS.iter().flat_map(|option| [format!("  {}", names(option)), explanation(option)]);
    let methods = Method::ALL.into_iter().map(|method| {
        let path = method.default_path().unwrap_or("none, -p must be given");
        format!("  {:<15}{path}", method.as_str())
    });
    let tools = TOOLS.iter().flat_map(|tool| [format!("  {}", tool.name), wrapped(tool.help)]);
    format!(
        "{head}{}\nMethods and their default paths:\n{}\nInstead of options, as the first word:\n{}",
        lines(options),
        lines(methods),
        lines(tools)
    )
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.flat_map(|line| [line, "\n".to_owned()]).collect()
}

/// How an option is written, with its value.
pub(crate) fn names(option: &Opt) -> String {
    let short = option.short.map(|letter| format!("-{letter}"));
    let long = option.long.map(|name| format!("--{name}"));
    let names: Vec<String> = short.into_iter().chain(long).collect();
    let names = names.join(", ");
    match option.value {
        Value::None => names,
        Value::Required(value) => format!("{names} {value}"),
        Value::Joined { name, .. } => format!("{names}[={name}]"),
    }
}

fn explanation(option: &Opt) -> String {
    match default(option) {
        Some(default) => wrapped(&format!("{} [default: {default}]", option.help)),
        None => wrapped(option.help),
    }
}

fn wrapped(text: &str) -> String {
    let mut wrapped = String::new();
    let mut column = WIDTH;
    for word in text.split_whitespace() {
        if column + 1 + word.len() > WIDTH {
            wrapped.push_str(if wrapped.is_empty() { "" } else { "\n" });
            wrapped.push_str(&" ".repeat(INDENT));
            column = INDENT;
        } else {
            wrapped.push(' ');
            column += 1;
        }
        wrapped.push_str(word);
        column += word.len();
    }
    wrapped
}

/// What is so without the option; if its value may be left out, what is meant then.
pub(crate) fn default(option: &Opt) -> Option<String> {
    match (option.role, option.value) {
        (_, Value::Joined { implied, .. }) => Some(implied.to_owned()),
        (Role::ConfigFile, _) => Some(config::DEFAULT_FILE.to_owned()),
        (Role::Sets { field, .. }, _) => match field(&mut Config::default()) {
            Field::Text(text) => Some(text.to_string_lossy().into_owned()),
            Field::Limit(limit) => limit.map(|limit| limit.as_secs().to_string()),
            Field::Level(level) => Some(level.as_str().to_owned()),
            Field::Switch(_) | Field::Path(_) | Field::Names(_) | Field::Patterns(_) => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usage_text_begins_as_expected_and_names_every_option() {
        let text = usage("/x/qemu-ga");
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("Usage: /x/qemu-ga [-m <method> -p <path>] [<options>]"));
        assert_eq!(lines.next(), Some("QEMU Guest Agent 11.1.3"));
        for option in OPTIONS {
            assert!(text.contains(&format!("\n  {}\n", names(option))), "{}", names(option));
        }
        for tool in TOOLS {
            assert!(text.contains(&format!("\n  {}\n", tool.name)), "{}", tool.name);
        }
        for default in ["virtio-serial]", "/var/run/qemu-ga.pid]", "/etc/qemu/fsfreeze-hook]", "/var/run]"] {
            assert!(text.contains(default), "{default}");
        }
        assert!(text.lines().all(|line| line.len() <= WIDTH));
    }

    #[test]
    fn all_commands_are_listed_in_the_order_of_the_table() {
        assert!(command_names().starts_with("guest-sync-delimited\nguest-sync\nguest-ping\n"));
        assert_eq!(command_names().lines().count(), COMMANDS.len());
    }
}
