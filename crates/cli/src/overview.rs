//! What an agent tells of its guest, on one screen.
//!
//! It is made of sections, each the answer of one command. One that the agent lacks or refuses is left out, so
//! that an old agent gives a shorter screen and not an error.

pub(crate) mod clock;
mod cpu;
mod memory;
mod network;
mod storage;
mod system;

use crate::layout::Rows;
use crate::terminal::Escaped;
use qga_client::{Client, Error};
use qga_wire::Command;
use qga_wire::family::cpu::{GetCpustats, GetLoad, GetVcpus};
use qga_wire::family::memory::GetMemoryBlocks;
use qga_wire::family::network::NetworkGetInterfaces;
use qga_wire::family::storage::GetFsinfo;
use qga_wire::family::system::{AgentInfo, GetHostName, GetOsinfo, GetUsers, Info};
use qga_wire::family::time::GetTime;
use qga_wire::json::Value;

struct Section {
    title: &'static str,
    command: &'static str,
    lines: fn(&mut Client) -> Result<Vec<String>, Error>,
}

/// In the order in which they are shown.
const SECTIONS: &[Section] = &[
    Section {
        title: "Name",
        command: GetHostName::NAME,
        lines: |client| client.call(&GetHostName {}).map(|name| vec![Escaped(name.host_name).to_string()]),
    },
    Section {
        title: "System",
        command: GetOsinfo::NAME,
        lines: |client| client.call(&GetOsinfo {}).map(|info| vec![system::line(&info)]),
    },
    Section {
        title: "Running",
        command: GetCpustats::NAME,
        lines: |client| client.call(&GetCpustats {}).map(|processors| cpu::uptime(&processors)),
    },
    Section { title: "Clock", command: GetTime::NAME, lines: clock::lines },
    Section {
        title: "Processors",
        command: GetVcpus::NAME,
        lines: |client| client.call(&GetVcpus {}).map(|processors| vec![cpu::processors(&processors)]),
    },
    Section {
        title: "Load",
        command: GetLoad::NAME,
        lines: |client| client.call(&GetLoad {}).map(|load| vec![cpu::load(&load)]),
    },
    Section { title: "Memory", command: GetMemoryBlocks::NAME, lines: memory::lines },
    Section {
        title: "Filesystems",
        command: GetFsinfo::NAME,
        lines: |client| client.call(&GetFsinfo {}).map(|filesystems| storage::lines(&filesystems)),
    },
    Section {
        title: "Users",
        command: GetUsers::NAME,
        lines: |client| client.call(&GetUsers {}).map(|users| vec![system::users(&users)]),
    },
    Section {
        title: "Network",
        command: NetworkGetInterfaces::NAME,
        lines: |client| client.call(&NetworkGetInterfaces {}).map(|interfaces| network::lines(&interfaces)),
    },
];

/// The screen.
pub(crate) fn rows(client: &mut Client) -> Result<Rows, Error> {
    let info = client.call(&Info {})?;
    let mut rows = Rows::default();
    rows.add("Agent", [format!("{}, at {}", Escaped(&info.version), Escaped(client.address()))]);
    rows.add("Commands", command_lines(&info));
    for section in SECTIONS.iter().filter(|section| is_enabled(&info, section.command)) {
        let lines = match (section.lines)(client) {
            Err(Error::Agent { desc, .. }) => vec![format!("unknown: {}", Escaped(desc))],
            lines => lines?,
        };
        rows.add(section.title, lines);
    }
    Ok(rows)
}

/// The same for programs: the answers as they came, by the name of the command.
pub(crate) fn answers(client: &mut Client) -> Result<Value, Error> {
    let info = client.call(&Info {})?;
    let mut answers = vec![(Info::NAME.to_owned(), client.call_raw(Info::NAME, None)?)];
    for section in SECTIONS.iter().filter(|section| is_enabled(&info, section.command)) {
        match client.call_raw(section.command, None) {
            Ok(answer) => answers.push((section.command.to_owned(), answer)),
            Err(Error::Agent { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Value::Object(answers))
}

fn is_enabled(info: &AgentInfo, name: &str) -> bool {
    info.supported_commands.iter().any(|command| command.name == name && command.enabled)
}

/// More names than this are not listed: the screen is for what matters first.
const NAMES_SHOWN: usize = 4;

fn command_lines(info: &AgentInfo) -> Vec<String> {
    let all = info.supported_commands.len();
    let refused: Vec<_> = info
        .supported_commands
        .iter()
        .filter(|command| !command.enabled)
        .map(|command| &command.name)
        .collect();
    let names = || refused.iter().map(|name| Escaped(name).to_string()).collect::<Vec<_>>().join(", ");
    vec![match refused.len() {
        0 => format!("{all}, all allowed"),
        count if count <= NAMES_SHOWN => format!("{all}, not allowed are {}", names()),
        count => format!("{all}, {} of them allowed", all - count),
    }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use qga_wire::family::system::CommandInfo;

    fn info(commands: &[(&str, bool)]) -> AgentInfo {
        let command = |(name, enabled): &(&str, bool)| CommandInfo {
            name: (*name).to_owned(),
            enabled: *enabled,
            success_response: true,
        };
        AgentInfo { version: "1.2.3".into(), supported_commands: commands.iter().map(command).collect() }
    }

    #[test]
    fn a_few_refused_commands_are_named_and_many_are_counted() {
        let some = [("a", true), ("b\x1b", false)];
        let many = [("a", true), ("b", false), ("c", false), ("d", false), ("e", false), ("f", false)];
        assert_eq!(command_lines(&info(&some[..1])), ["1, all allowed"]);
        assert_eq!(command_lines(&info(&some)), ["2, not allowed are b\\u{1b}"]);
        assert_eq!(command_lines(&info(&many)), ["6, 1 of them allowed"]);
    }
}
