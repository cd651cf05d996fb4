use super::{Plan, sandbox};
use qga_transport::Method;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The unit.
pub(super) fn unit(plan: &Plan) -> String {
    let device = device_unit(plan);
    let binding = device.iter().flat_map(|device| {
        [
            "# The agent lives as long as its device.".to_owned(),
            format!("BindsTo={device}"),
            format!("After={device}"),
        ]
    });
    let wanted_by = device.as_deref().unwrap_or("multi-user.target");
    let unit = ["[Unit]", "Description=QEMU guest agent", "Documentation=man:qemu-ga(8) man:qemu-ga.conf(5)"]
        .map(str::to_owned)
        .into_iter()
        .chain(binding)
        .chain([
            "# A host may reach the guest whatever target somebody switches to.".to_owned(),
            "IgnoreOnIsolate=yes".to_owned(),
        ]);
    let service = ["[Service]".to_owned(), format!("ExecStart={}", command_line(plan))]
        .into_iter()
        .chain(
            ["Type=notify", "ExecReload=/bin/kill -HUP $MAINPID", "Restart=always", "RestartSec=0"]
                .map(str::to_owned),
        )
        .chain(sandbox::settings(plan));
    let install = ["[Install]".to_owned(), format!("WantedBy={wanted_by}")];
    [paragraph(unit), paragraph(service), paragraph(install)].join("\n")
}

fn paragraph(lines: impl IntoIterator<Item = String>) -> String {
    lines.into_iter().flat_map(|line| [line, "\n".to_owned()]).collect()
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

/// The unit that stands for the channel's device; `None` if it has none.
fn device_unit(plan: &Plan) -> Option<String> {
    match plan.method {
        Method::VirtioSerial | Method::IsaSerial => Some(format!("{}.device", escaped(&plan.path))),
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
