use super::{PROGRAM, Plan, sandbox};
use qga_transport::Method;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The unit that [`super::run`] prints.
pub(super) fn unit(plan: &Plan) -> String {
    let device = device(plan.method, &plan.path);
    let wanted_by = device.as_deref().unwrap_or("multi-user.target");
    let service = [service(&command_line(plan)), sandbox::settings(plan)].concat();
    let install = ["[Install]".to_owned(), format!("WantedBy={wanted_by}")];
    [paragraph(&description(device.as_deref())), paragraph(&service), paragraph(&install)].join("\n")
}

/// The unit that packages bring: for the channel that there is by default, started by their udev rule, with the
/// options that distributions keep in files of their own.
pub(super) fn packaged() -> String {
    let method = Method::VirtioSerial;
    let device = method.default_path().and_then(|path| device(method, Path::new(path)));
    let service =
        [service(&format!("{PROGRAM} $DAEMON_ARGS $FILTER_RPC_ARGS")), owned(&FURTHER_OPTIONS)].concat();
    let end = owned(&["# No [Install] section: the udev rule wants this unit when the port is there."]);
    [paragraph(&description(device.as_deref())), paragraph(&service), paragraph(&end)].join("\n")
}

/// What the variables of the packaged command line come from.
const FURTHER_OPTIONS: [&str; 3] = [
    "# Further options: DAEMON_ARGS as Debian names them, FILTER_RPC_ARGS as Fedora does.",
    "EnvironmentFile=-/etc/default/qemu-guest-agent",
    "EnvironmentFile=-/etc/sysconfig/qemu-ga",
];

/// How systemd is to treat the agent: systemd.service(5). What its watchdog sends reaches all processes of the unit. It
/// must end the agent without a core, as a freeze would hold up whoever writes that.
const SERVICE: [&str; 8] = [
    "Type=notify",
    "# An agent that is stuck is ended and started again. Its guardian ignores this signal, and thaws what is frozen.",
    "WatchdogSec=60",
    "WatchdogSignal=SIGALRM",
    "ExecReload=/bin/kill -HUP $MAINPID",
    "Restart=always",
    "# When the device is pulled, systemd shall hear of it before the agent is started again.",
    "RestartSec=1",
];

fn description(device: Option<&str>) -> Vec<String> {
    let head = ["[Unit]", "Description=QEMU guest agent", "Documentation=man:qemu-ga(8) man:qemu-ga.conf(5)"];
    let binding = device.map(|device| {
        [
            "# The agent lives as long as its device.".to_owned(),
            format!("BindsTo={device}"),
            format!("After={device}"),
        ]
    });
    let tail = ["# A host may reach the guest whatever target somebody switches to.", "IgnoreOnIsolate=yes"];
    [owned(&head), binding.into_iter().flatten().collect(), owned(&tail)].concat()
}

fn service(command: &str) -> Vec<String> {
    [vec!["[Service]".to_owned(), format!("ExecStart={command}")], owned(&SERVICE)].concat()
}

fn owned(lines: &[&str]) -> Vec<String> {
    lines.iter().copied().map(str::to_owned).collect()
}

fn paragraph(lines: &[String]) -> String {
    lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
}

fn command_line(plan: &Plan) -> String {
    let words = std::iter::once(plan.program.as_os_str()).chain(plan.options.iter().map(AsRef::as_ref));
    words.map(quoted).collect::<Vec<_>>().join(" ")
}

/// A word of a command line, of which nothing is taken for something else (systemd.service(5)).
fn quoted(word: &OsStr) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-=,:+@".contains(letter);
    let text = word.to_string_lossy();
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.into_owned();
    }
    let escape = |letter: char| match letter {
        '"' | '\\' => format!("\\{letter}"),
        '%' | '$' => format!("{letter}{letter}"),
        '\n' => "\\n".to_owned(),
        letter => letter.to_string(),
    };
    format!("\"{}\"", text.chars().map(escape).collect::<String>())
}

/// The unit that stands for a channel's device; `None` if it has none.
fn device(method: Method, path: &Path) -> Option<String> {
    match method {
        Method::VirtioSerial | Method::IsaSerial => Some(format!("{}.device", escaped(path))),
        Method::UnixListen | Method::VsockListen => None,
    }
}

/// A path in the name of a unit (systemd.unit(5)): slashes are dashes, what is no plain letter is its number.
fn escaped(path: &Path) -> String {
    let escape = |byte: &u8| match byte {
        b'/' => "-".to_owned(),
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b':' | b'_' | b'.' => char::from(*byte).to_string(),
        other => format!("\\x{other:02x}"),
    };
    let path = path.strip_prefix("/").unwrap_or(path);
    path.as_os_str().as_bytes().iter().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_word_is_taken_for_something_else() {
        for (word, expected) in [
            ("--path=/dev/x", "--path=/dev/x"),
            ("", "\"\""),
            ("a b", "\"a b\""),
            ("$HOME %h \"x\" \\", "\"$$HOME %%h \\\"x\\\" \\\\\""),
            ("a\nExecStart=b", "\"a\\nExecStart=b\""),
        ] {
            assert_eq!(quoted(OsStr::new(word)), expected);
        }
    }

    #[test]
    fn a_device_is_named_as_systemd_names_it() {
        let name = escaped(Path::new("/dev/virtio-ports/org.qemu.guest_agent.0"));
        assert_eq!(name, "dev-virtio\\x2dports-org.qemu.guest_agent.0");
    }
}
