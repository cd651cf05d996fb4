//! How a verb that failed ends: one line that says what, where, and what to do, and an exit code.

use crate::terminal::Escaped;
use anyhow::Error;
use qga_client::{Error as ClientError, FileError};
use std::borrow::Cow;
use std::io::{self, ErrorKind};

/// The agent answered with an error, or something on this machine failed.
pub(crate) const FAILED: u8 = 1;
/// The command line makes no sense.
const USAGE: u8 = 2;
/// There is no agent to talk to.
pub(crate) const UNREACHABLE: u8 = 3;
/// The agent did not answer in time.
const TIMED_OUT: u8 = 4;

/// The characters of an error that are shown.
const LONGEST: usize = 4000;

/// A program that a signal ended has this and the signal's number, as a shell counts it.
pub(crate) const SIGNAL_BASE: i64 = 128;
/// Ended by Ctrl-C.
pub(crate) const INTERRUPTED: u8 = 130;

/// What is wrong with the command line, beyond what the parser of options finds.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(pub(crate) String);

/// What took longer than it may, other than an answer of the agent.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Late(pub(crate) String);

/// Somebody pressed Ctrl-C.
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
pub(crate) struct Interrupted;

/// The program's exit code.
pub(crate) fn exit_code(error: &Error) -> u8 {
    if error.is::<Usage>() {
        return USAGE;
    }
    if error.is::<Late>() {
        return TIMED_OUT;
    }
    if is_interruption(error) {
        return INTERRUPTED;
    }
    match of_client(error) {
        Some(ClientError::Unreachable { .. }) => UNREACHABLE,
        Some(ClientError::TimedOut { .. }) => TIMED_OUT,
        _ => FAILED,
    }
}

/// Whether Ctrl-C ended it.
pub(crate) fn is_interruption(error: &Error) -> bool {
    match of_host(error).and_then(io::Error::get_ref) {
        Some(of_copy) => of_copy.is::<Interrupted>(),
        None => error.is::<Interrupted>(),
    }
}

/// Whether other files may fare better: neither the agent as a whole, nor the disk of this host, nor somebody who has
/// seen enough is why.
pub(crate) fn is_of_one_file(error: &Error) -> bool {
    if is_interruption(error) || error.is::<Late>() {
        return false;
    }
    let of_all = [ErrorKind::StorageFull, ErrorKind::BrokenPipe];
    match of_client(error) {
        Some(error) => matches!(error, ClientError::Agent { .. }),
        None => of_host(error).is_none_or(|error| !of_all.contains(&error.kind())),
    }
}

/// Whether nothing was heard of the agent, rather than an answer.
pub(crate) fn is_silence(error: &Error) -> bool {
    !matches!(of_client(error), Some(ClientError::Agent { .. }))
}

/// What the client says went wrong, if it was that: with a copy what went wrong first.
pub(crate) fn of_client(error: &Error) -> Option<&ClientError> {
    error.downcast_ref().or_else(|| match first_of_copy(error.downcast_ref()?) {
        FileError::Agent(error) => Some(error),
        FileError::Local(_) | FileError::Both { .. } => None,
    })
}

/// What this host says went wrong, likewise.
pub(crate) fn of_host(error: &Error) -> Option<&io::Error> {
    error.downcast_ref().or_else(|| match first_of_copy(error.downcast_ref()?) {
        FileError::Local(error) => Some(error),
        FileError::Agent(_) | FileError::Both { .. } => None,
    })
}

/// Whether it failed because whoever read our output has seen enough, as in `qga cat FILE | head`.
pub(crate) fn reader_left(error: &Error) -> bool {
    of_host(error).is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

fn first_of_copy(error: &FileError) -> &FileError {
    match error {
        FileError::Both { copying, .. } => first_of_copy(copying),
        error => error,
    }
}

/// The line, without a guest's control characters in it.
pub(crate) fn line(error: &Error) -> String {
    let advice = of_client(error).and_then(advice_on).map(|advice| format!("; {advice}"));
    format!("qga: {}{}", Escaped(shortened(&format!("{error:#}"))), advice.unwrap_or_default())
}

/// What anybody reads of it: a guest's errors may be as long as its replies.
fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(LONGEST) {
        Some((place, _)) => {
            format!("{}... ({} bytes in all)", text.get(..place).unwrap_or_default(), text.len()).into()
        }
        None => text.into(),
    }
}

/// What to do about it, if we know.
pub(crate) fn advice_on(error: &ClientError) -> Option<&'static str> {
    match error {
        ClientError::TimedOut { address, .. } if address.starts_with(LIBVIRT) => {
            Some("is the agent running in the guest? --timeout waits longer")
        }
        ClientError::TimedOut { .. } => Some(
            "is the agent running in the guest, and is nobody else (libvirt, say) connected? --timeout waits longer",
        ),
        ClientError::Unreachable { address, source } => match source.kind() {
            ErrorKind::PermissionDenied if address.contains("libvirt") => Some(
                "libvirt owns this socket: use virsh qemu-agent-command, or give the guest a second channel",
            ),
            ErrorKind::PermissionDenied => Some("run qga as root, or as the user that QEMU runs as"),
            ErrorKind::NotFound => Some("is the guest running, and is this the path of its agent channel?"),
            ErrorKind::ConnectionRefused => Some("nobody listens there: is the guest running?"),
            ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => {
                Some("the other end closed the connection: did the guest or its agent end?")
            }
            // Only of libvirt is it known that the guest runs, and its agent does not.
            ErrorKind::NotConnected => Some("is the agent running in the guest?"),
            _ if address.starts_with(LIBVIRT) => advice_on_domain(&source.to_string()),
            _ if address.starts_with("vsock:") => Some(
                "does this host have the module vhost_vsock, and the guest a vsock device with this CID?",
            ),
            _ if address.starts_with("serial:") => Some("is this a serial line?"),
            _ => None,
        },
        ClientError::Agent { class, .. } if class == "CommandNotFound" => {
            Some("qga commands lists what this agent offers and allows")
        }
        _ => None,
    }
}

/// What the addresses of libvirt's domains begin with.
const LIBVIRT: &str = "libvirt:";

/// What to do about what virsh complains of.
fn advice_on_domain(complaint: &str) -> Option<&'static str> {
    let advice = [
        ("Failed to connect socket", "is libvirtd or virtqemud running, and are you in the group libvirt?"),
        ("failed to get domain", "virsh list --all shows the ones there are"),
        (
            "domain is not running",
            "virsh domstate --reason tells why, virsh start starts one that is shut off",
        ),
        ("agent is not configured", "its description needs a channel named org.qemu.guest_agent.0"),
    ];
    advice.into_iter().find(|(words, _)| complaint.contains(words)).map(|(_, advice)| advice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn unreachable(address: &str, kind: ErrorKind) -> Error {
        ClientError::Unreachable { address: address.into(), source: kind.into() }.into()
    }

    #[test]
    fn the_exit_code_tells_whose_fault_it_is() {
        let timed_out = ClientError::TimedOut {
            address: "unix:/x".into(),
            command: "guest-ping".into(),
            within: Duration::from_secs(1),
        };
        let agent = ClientError::Agent { class: "GenericError".into(), desc: "no".into() };
        let cases = [
            (Usage("no".into()).into(), 2),
            (Late("still there".into()).into(), 4),
            (unreachable("unix:/x", ErrorKind::NotFound), 3),
            (Error::from(timed_out).context("cat"), 4),
            (agent.into(), 1),
            (io::Error::from(ErrorKind::Other).into(), 1),
        ];
        for (error, code) in cases {
            assert_eq!(exit_code(&error), code, "{error:?}");
        }
    }

    #[test]
    fn a_copy_fails_as_what_went_wrong_first_does() {
        let gone =
            || ClientError::Unreachable { address: "unix:/x".into(), source: ErrorKind::BrokenPipe.into() };
        let both = |copying| FileError::Both { copying: Box::new(copying), closing: gone() };
        let of_agent = Error::from(both(FileError::Agent(gone()))).context("cp");
        assert_eq!((exit_code(&of_agent), reader_left(&of_agent)), (3, false));
        let of_host = Error::from(both(FileError::Local(ErrorKind::BrokenPipe.into()))).context("cat");
        assert_eq!((exit_code(&of_host), reader_left(&of_host)), (1, true));
    }

    #[test]
    fn an_error_says_what_where_and_what_to_do() {
        let denied = |address| line(&unreachable(address, ErrorKind::PermissionDenied));
        assert_eq!(
            denied("unix:/run/ga.sock"),
            "qga: cannot reach the agent at unix:/run/ga.sock: permission denied; run qga as root, or as the user that QEMU runs as"
        );
        assert!(denied("unix:/var/lib/libvirt/qemu/channel/x").contains("virsh qemu-agent-command"));
    }

    #[test]
    fn what_is_no_device_is_told_by_its_kind() {
        let odd = |address| line(&unreachable(address, ErrorKind::Other));
        assert!(odd("vsock:3:1234").ends_with("a vsock device with this CID?"));
        assert!(odd("serial:/dev/null").ends_with("is this a serial line?"));
        assert_eq!(odd("unix:/x"), "qga: cannot reach the agent at unix:/x: other error");
    }

    #[test]
    fn what_libvirt_says_comes_with_what_to_do() {
        let said = |words: &str| {
            let source = io::Error::other(words.to_owned());
            line(&ClientError::Unreachable { address: "libvirt:web1".into(), source }.into())
        };
        assert!(line(&unreachable("libvirt:web1", ErrorKind::NotConnected)).contains("in the guest?"));
        for (words, advice) in [
            ("failed to get domain 'web1'", "virsh list"),
            ("Failed to connect socket to '/x': No such file or directory", "virtqemud running"),
            ("Requested operation is not valid: domain is not running", "virsh start"),
            ("argument unsupported: QEMU guest agent is not configured", "org.qemu.guest_agent.0"),
        ] {
            let line = said(words);
            assert!(line.contains(words) && line.contains(advice), "{line}");
        }
    }

    #[test]
    fn what_fails_with_one_file_may_go_well_with_others() {
        let agent = ClientError::Agent { class: "GenericError".into(), desc: "no".into() };
        let host = |kind: ErrorKind| Error::from(FileError::Local(kind.into())).context("cannot copy");
        for one in
            [Error::from(FileError::Agent(agent)), host(ErrorKind::NotFound), Error::msg("not the same")]
        {
            assert!(is_of_one_file(&one), "{one:#}");
        }
        let interrupted = FileError::Local(io::Error::other(Interrupted));
        for all in [
            unreachable("unix:/x", ErrorKind::UnexpectedEof),
            host(ErrorKind::StorageFull),
            host(ErrorKind::BrokenPipe),
            Late("slow".into()).into(),
            Error::from(interrupted).context("cannot copy"),
        ] {
            assert!(!is_of_one_file(&all), "{all:#}");
        }
    }

    #[test]
    fn a_guests_words_cannot_drive_the_terminal() {
        let error = ClientError::Agent { class: "GenericError".into(), desc: "\x1b[31mno\n".into() };
        assert_eq!(line(&error.into()), "qga: \\u{1b}[31mno\\n");
    }

    #[test]
    fn an_error_of_many_megabytes_does_not_flood_the_terminal() {
        let long = line(&ClientError::Agent { class: "x".into(), desc: "é".repeat(5000) }.into());
        assert_eq!(long, format!("qga: {}... (10000 bytes in all)", "é".repeat(4000)));
    }
}
