//! libvirt's own way to an agent: `virsh qemu-agent-command`, a process for each command.
//!
//! libvirt keeps the channel of a running domain to itself, so there is no other way while it runs. It syncs
//! with the agent by itself and hands on one answer, so what leads a handshake on other channels is taken off
//! here and put back.

use super::Domain;
use crate::process::{self, Finished};
use qga_client::{Link, Options};
use qga_wire::Command as _;
use qga_wire::family::sync::{Sync, SyncDelimited};
use qga_wire::reply::{self, Class, Failure, SENTINEL as MARK};
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::process::Command;
use std::time::{Duration, Instant};

/// The program, found in PATH.
pub(super) const PROGRAM: &str = "virsh";

/// Linux takes no longer argument of a program than 128 KiB (`MAX_ARG_STRLEN`, execve(2)).
const LONGEST_REQUEST: usize = 120 << 10;

/// A link to the agent of a domain.
pub(super) struct Virsh {
    domain: Domain,
    most: u64,
    deadline: Option<Instant>,
    /// The request that is being written.
    line: Vec<u8>,
    /// What was asked and not answered yet.
    requests: VecDeque<Vec<u8>>,
    /// What was answered and not read yet.
    answers: VecDeque<u8>,
}

impl Virsh {
    pub(super) fn new(domain: Domain, options: Options) -> Virsh {
        Virsh {
            domain,
            most: u64::try_from(options.longest_reply).unwrap_or(u64::MAX),
            deadline: None,
            line: Vec::new(),
            requests: VecDeque::new(),
            answers: VecDeque::new(),
        }
    }

    fn exchange(&self, request: &[u8]) -> io::Result<Vec<u8>> {
        let request = String::from_utf8_lossy(request.strip_prefix(&[MARK]).unwrap_or(request));
        let handshake = request.contains(SyncDelimited::NAME);
        let request = request.replacen(SyncDelimited::NAME, Sync::NAME, usize::from(handshake));
        let mut answer = if handshake { vec![MARK] } else { Vec::new() };
        answer.extend(self.ask(&request)?);
        Ok(answer)
    }

    fn ask(&self, request: &str) -> io::Result<Vec<u8>> {
        let mut command = Command::new(PROGRAM);
        if let Some(uri) = &self.domain.uri {
            command.arg("-c").arg(uri);
        }
        command.arg("qemu-agent-command").arg("--timeout").arg(self.patience().to_string());
        command.arg(&self.domain.name).arg(request).env("LC_ALL", "C");
        match process::run(&mut command, self.deadline, self.most) {
            Ok(finished) if finished.status.success() => Ok(line(&finished.output)),
            Ok(finished) => refusal(&finished),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(io::Error::other("virsh is not installed, and libvirt is reached through it"))
            }
            Err(error) => Err(error),
        }
    }

    /// virsh counts in seconds; the deadline itself ends it in between.
    fn patience(&self) -> u64 {
        let left = self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        left.unwrap_or(Duration::MAX).min(Duration::from_secs(1 << 20)).as_secs() + 1
    }
}

impl Link for Virsh {
    fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.deadline = deadline;
    }

    fn longest_request(&self) -> usize {
        LONGEST_REQUEST
    }
}

impl Write for Virsh {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for byte in bytes {
            match byte {
                b'\n' => self.requests.push_back(std::mem::take(&mut self.line)),
                _ => self.line.push(*byte),
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Virsh {
    /// What nobody asked for never comes.
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.answers.is_empty() {
            let request = self.requests.pop_front().ok_or(ErrorKind::TimedOut)?;
            self.answers = self.exchange(&request)?.into();
        }
        self.answers.read(room)
    }
}

/// virsh puts an empty line behind the answer.
fn line(output: &[u8]) -> Vec<u8> {
    [output.trim_ascii(), b"\n"].concat()
}

/// The agent's own errors come back as its answer; what else virsh complains about is why there is none.
fn refusal(finished: &Finished) -> io::Result<Vec<u8>> {
    let complaint = complaint(&finished.errors);
    if let Some(desc) = agents_words(&complaint) {
        return Ok(answer(desc));
    }
    if complaint.contains("not available for now") || complaint.contains("didn't respond") {
        return Err(ErrorKind::TimedOut.into());
    }
    let kind =
        if complaint.contains("agent is not connected") { ErrorKind::NotConnected } else { ErrorKind::Other };
    Err(io::Error::new(kind, complaint))
}

/// The last that virsh complains of, which says most.
pub(super) fn complaint(errors: &[u8]) -> String {
    let text = String::from_utf8_lossy(errors);
    let last = text.lines().rev().find_map(|line| line.strip_prefix("error: "));
    last.unwrap_or(text.trim()).to_owned()
}

/// What stands behind `unable to execute QEMU agent command 'NAME': `.
fn agents_words(complaint: &str) -> Option<&str> {
    let (_, rest) = complaint.split_once("unable to execute QEMU agent command '")?;
    rest.split_once("': ").map(|(_, desc)| desc)
}

/// libvirt keeps the words and drops the class, which the words give away (compat.md A.4).
fn answer(desc: &str) -> Vec<u8> {
    let missing = desc.contains("has not been found") || desc.contains("has been disabled");
    let class = if missing { Class::CommandNotFound } else { Class::GenericError };
    let mut line = Vec::new();
    reply::failure(&mut line, &Failure { class, desc: desc.to_owned() }, None);
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    fn failed(text: &str) -> Finished {
        Finished { status: ExitStatus::from_raw(256), output: Vec::new(), errors: text.into() }
    }

    #[test]
    fn the_agents_error_is_its_answer() {
        let text = "error: internal error: unable to execute QEMU agent command 'guest-x': The command guest-x has not been found\n\n";
        let answer = String::from_utf8(refusal(&failed(text)).unwrap()).unwrap();
        let expected = "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"The command guest-x has not been found\"}}\n";
        assert_eq!(answer, expected);
    }

    #[test]
    fn what_else_virsh_says_is_why_there_is_no_answer() {
        let gone = refusal(&failed("error: failed to get domain 'x'\n")).unwrap_err();
        assert_eq!((gone.kind(), &*gone.to_string()), (ErrorKind::Other, "failed to get domain 'x'"));
        let alone = "error: Guest agent is not responding: QEMU guest agent is not connected\n";
        assert_eq!(refusal(&failed(alone)).unwrap_err().kind(), ErrorKind::NotConnected);
        let silent = "error: Guest agent is not responding: guest agent didn't respond to command within '5' seconds\n";
        assert_eq!(refusal(&failed(silent)).unwrap_err().kind(), ErrorKind::TimedOut);
    }

    #[test]
    fn nothing_comes_that_was_not_asked_for() {
        let domain = Domain { uri: None, name: "x".into() };
        let mut link = Virsh::new(domain, Options::default());
        assert_eq!(link.read(&mut [0]).unwrap_err().kind(), ErrorKind::TimedOut);
    }
}
