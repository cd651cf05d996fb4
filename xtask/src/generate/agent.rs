//! What is derived from the agent's tables of options, tools and commands: its man pages, the example of its
//! configuration file, and its unit for systemd.

use anyhow::Result;
use qga_agent::manual::{self, Entry};
use qga_wire::COMPATIBLE_VERSION;
use qga_wire::list::COMMANDS;
use qga_wire::schema::Member;
use roff::{Inline, Roff, bold, italic, roman};
use std::fmt::Write;

/// How wide the comments of the example are.
const WIDTH: usize = 100;

/// The files, by their paths, and what is in them.
pub(super) fn files() -> Result<Vec<(String, String)>> {
    let file = |path: &str, text| (path.to_owned(), text);
    Ok(vec![
        file("docs/man/qemu-ga.8", program()),
        file("docs/man/qemu-ga.conf.5", configuration()),
        file("docs/man/qemu-ga-ref.7", protocol()),
        file("packaging/qemu-ga.conf", example()?),
        file("packaging/systemd/qemu-guest-agent.service", manual::packaged_unit()),
    ])
}

/// How the configuration file is found and written.
pub(super) const FILE: [&str; 2] = [
    "The agent reads one file: the one that --config names, else the one that the environment variable QGA_CONF names, \
     else /etc/qemu/qemu-ga.conf, which may be missing. Options of the command line win over it; lists of commands add \
     up. qemu-ga --dump-conf shows what results.",
    "The file consists of groups, [NAME] on a line, and below each of them KEY=VALUE. Lines that begin with # are \
     comments. Blanks around = do not count, blanks at the end of a line do. In values, \\s, \\t, \\n, \\r and \\\\ stand \
     for blank, tab, line feed, carriage return and backslash. Switches are true or false. Unknown groups and keys are \
     ignored; of a key given twice the last one counts.",
];
/// What SIGHUP does.
pub(super) const RELOAD: &str = "Has the agent read its configuration and policy again and open its log and audit \
    files anew; while filesystems are frozen, after the thaw. Clients, open files, programs and a freeze stay as they \
    are. If anything is wrong with what is read, all stays as it was, and the log says why. The keys daemon, method, \
    path, pidfile and statedir keep their values until the agent is started again.";

/// A page being written.
struct Page(Roff);

impl Page {
    fn new(name: &str, section: &str, about: &str) -> Page {
        let mut page = Page(Roff::new());
        let source = concat!("qga ", env!("CARGO_PKG_VERSION"));
        page.0.control("TH", [name, section, "", source]);
        page.section("NAME").text(&format!("{name} - {about}"));
        page
    }

    fn section(&mut self, name: &str) -> &mut Page {
        self.0.control("SH", [name]);
        self
    }

    fn text(&mut self, text: &str) -> &mut Page {
        self.0.control("PP", []).text([roman(text)]);
        self
    }

    /// A term, and below it, indented, what it means.
    fn term(&mut self, term: impl Into<Vec<Inline>>, meaning: &str) -> &mut Page {
        self.0.control("TP", []).text(term);
        self.0.text([roman(meaning)]);
        self
    }

    fn render(&self) -> String {
        self.0.render()
    }
}

/// What is written for the reference page, without its markup.
fn plain(doc: &str) -> String {
    doc.replace(['`', '[', ']'], "").replace('\n', " ")
}

fn program() -> String {
    let mut page = Page::new("qemu-ga", "8", "the QEMU guest agent");
    page.section("SYNOPSIS").0.text([bold("qemu-ga"), roman(" ["), italic("OPTION"), roman("...]")]);
    page.section("DESCRIPTION").text(
        "Runs inside a virtual machine and does what the machine's host asks for: freezing filesystems for a \
         snapshot, shutting down, reading and writing files, running programs, telling about the system. The host \
         asks through a channel, by default a port of a virtio-serial device; qga(1) is a client for it. Who holds \
         the other end of the channel can do all that the agent can, unless commands are refused with --block-rpcs \
         or --allow-rpcs.",
    );
    page.text(&format!(
        "It takes the place of QEMU's own agent, release {COMPATIBLE_VERSION}: options, configuration file and \
         answers are the same. Options may stand in any order, and long ones may be cut short while it is clear \
         which is meant."
    ));
    page.section("OPTIONS");
    for option in manual::options() {
        page.term([bold(option.names.as_str())], &explained(&option));
    }
    page.section("METHODS");
    for (name, path) in manual::methods() {
        let path = path.map_or("has no default path; -p must be given.".to_owned(), |path| {
            format!("{path} by default.")
        });
        page.term([bold(name)], &path);
    }
    page.section("OTHER USES").text("In place of options, as the first word:");
    for (name, help) in manual::tools() {
        page.term([bold(name)], &sentence(help));
    }
    page.section("EXIT STATUS")
        .text("0 after SIGTERM or SIGINT, 1 if the agent cannot start or loses its channel.");
    signals(&mut page);
    readiness(&mut page);
    page.section("FILES");
    page.term([italic("/etc/qemu/qemu-ga.conf")], "The configuration, see qemu-ga.conf(5).");
    page.term(
        [italic("/etc/qemu/fsfreeze-hook")],
        "Called with freeze before and with thaw after filesystems are frozen, where --fsfreeze-hook asks for it. The \
         one that comes with the package runs all programs in /etc/qemu/fsfreeze-hook.d.",
    );
    page.section("SEE ALSO").text("qemu-ga.conf(5), qemu-ga-ref(7), qga(1)");
    page.render()
}

fn readiness(page: &mut Page) {
    page.section("SERVICE MANAGER").text(
        "Where the environment has NOTIFY_SOCKET, the agent tells as sd_notify(3) describes when it serves or waits for \
         its channel (READY), reads its configuration again (RELOADING), and is about to end (STOPPING). Where it has \
         WATCHDOG_USEC, the agent tells twice in that time that it is well, also while it waits, runs commands that take \
         long, or filesystems are frozen; without it an idle agent is never woken. The guardian of a freeze is left alone \
         by SIGTERM, SIGINT, SIGHUP, SIGABRT and SIGALRM, one of which a watchdog should send.",
    );
}

fn signals(page: &mut Page) {
    page.section("SIGNALS");
    page.term(
        [bold("SIGTERM"), roman(", "), bold("SIGINT")],
        "End the agent. A freeze is given five seconds for its thaw first.",
    );
    page.term([bold("SIGHUP")], RELOAD);
}

pub(super) fn explained(option: &Entry) -> String {
    let help = sentence(option.help);
    match &option.default {
        Some(default) => format!("{help} Default: {default}"),
        None => help,
    }
}

/// A help text as a sentence of its own.
pub(super) fn sentence(help: &str) -> String {
    let mut letters = help.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).chain(['.']).collect()
}

fn configuration() -> String {
    let mut page = Page::new("qemu-ga.conf", "5", "configuration of the QEMU guest agent");
    page.section("DESCRIPTION");
    for paragraph in FILE {
        page.text(paragraph);
    }
    for (group, keys) in groups() {
        page.section(&format!("KEYS IN [{group}]"));
        for (key, option) in keys {
            let value = if key.value.is_empty() {
                "Not set by default.".to_owned()
            } else {
                format!("Default: {}", key.value)
            };
            page.term([bold(key.name), roman("=")], &format!("{} {value}", sentence(option.help)));
        }
    }
    for (group, keys) in manual::policy() {
        page.section(&format!("KEYS IN [{group}]"));
        for (key, help) in keys {
            page.term([bold(key), roman("=")], &sentence(help));
        }
    }
    page.section("DROP-IN FILES").text(
        "The groups of the policy may also stand in files beside the configuration file, \
         /etc/qemu/qemu-ga.conf.d/*.conf, which are read in the order of their names; of two values of a key the later \
         counts. A policy with an error in it permits only sync, ping and info; the log tells where it is. qemu-ga policy \
         tells what is permitted, and by which line.",
    );
    page.section("SEE ALSO").text("qemu-ga(8)");
    page.render()
}

/// The keys of each group of the configuration file, with their options.
pub(super) fn groups() -> Vec<(&'static str, Vec<(manual::Key, Entry)>)> {
    let mut groups: Vec<(&'static str, Vec<(manual::Key, Entry)>)> = Vec::new();
    for option in manual::options() {
        let Some(key) = option.key.clone() else { continue };
        match groups.iter_mut().find(|(group, _)| *group == key.group) {
            Some((_, keys)) => keys.push((key, option)),
            None => groups.push((key.group, vec![(key, option)])),
        }
    }
    groups
}

fn protocol() -> String {
    let mut page = Page::new("qemu-ga-ref", "7", "commands of the QEMU guest agent");
    page.section("DESCRIPTION").text(
        "Requests and answers are JSON objects, an answer for each request, in order, each on a line: \
         {\"execute\": \"guest-ping\"} is answered with {\"return\": {}}, a failure with {\"error\": {\"class\": ..., \
         \"desc\": ...}}. A member id of the request is repeated in the answer. The types of nested objects are in the \
         reference page that comes with the package.",
    );
    page.section("COMMANDS");
    for command in COMMANDS {
        let mut text = format!("{} Since {}.", plain(command.doc), command.since);
        if command.while_frozen {
            text.push_str(" Also while filesystems are frozen.");
        }
        if command.silent {
            text.push_str(" Answers nothing when it succeeds.");
        }
        page.term([bold(command.name)], &text);
        for member in command.arguments.members {
            argument(&mut page, member);
        }
    }
    page.section("SEE ALSO").text("qemu-ga(8), qga(1)");
    page.render()
}

/// An argument, indented below its command.
fn argument(page: &mut Page, member: &Member) {
    let mark = if member.optional { roman(", optional") } else { roman("") };
    page.0.control("RS", []);
    page.term(
        [italic(member.name), roman(": "), roman(super::spelled_plainly(member.kind)), mark],
        &plain(member.doc),
    );
    page.0.control("RE", []);
}

/// The configuration file with all keys, none of them in force.
fn example() -> Result<String> {
    let mut text = comment(
        "Configuration of the QEMU guest agent, see qemu-ga.conf(5). Copy what you need to /etc/qemu/qemu-ga.conf. Each \
         key stands here as it is without the file.",
    );
    for (group, keys) in groups() {
        writeln!(text, "\n[{group}]")?;
        for (key, option) in keys {
            writeln!(text, "\n{}#{}={}", comment(&sentence(option.help)), key.name, key.value)?;
        }
    }
    for (group, keys) in manual::policy() {
        // A group whose name is to be chosen is a rule, which would be wrong as long as it is empty.
        let mark = if group.ends_with("NAME") { "#" } else { "" };
        writeln!(text, "\n{mark}[{group}]")?;
        for (key, help) in keys {
            writeln!(text, "\n{}#{key}=", comment(&sentence(help)))?;
        }
    }
    Ok(text)
}

fn comment(text: &str) -> String {
    let mut lines = String::from("#");
    let mut column = 1;
    for word in text.split_whitespace() {
        if column + 1 + word.len() > WIDTH {
            lines.push_str("\n#");
            column = 1;
        }
        lines.push(' ');
        lines.push_str(word);
        column += 1 + word.len();
    }
    lines + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_and_the_example_name_every_option_and_every_key() {
        let (page, keys, example) = (program(), configuration(), example().unwrap());
        for option in manual::options() {
            assert!(page.contains(&option.names.replace('-', "\\-")), "{}", option.names);
            if let Some(key) = option.key {
                assert!(keys.contains(&key.name.replace('-', "\\-")), "{}", key.name);
                assert!(example.contains(&format!("\n#{}={}\n", key.name, key.value)), "{}", key.name);
            }
        }
    }

    #[test]
    fn every_command_is_in_the_manual() {
        let page = protocol();
        for command in COMMANDS {
            assert!(page.contains(&command.name.replace('-', "\\-")), "{}", command.name);
        }
    }
}
