use crate::logging::{PROGRAM, one_line};
use qga_platform::time::{Nanoseconds, stamp};
use qga_transport::{Peer, VsockAddress};
use qga_wire::json::write;
use qga_wire::reply::{Class, Failure};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// By which the journal's users find the records: `journalctl MESSAGE_ID=…`.
const MESSAGE_ID: &str = "41a386fe87cf4052b53ca407fec8d5cb";
/// The longest that is told of a name that is no command's, and of an error.
const LONGEST: usize = 1 << 10;

/// What is told of one request.
#[derive(Debug)]
pub(crate) struct Record {
    /// When it was about to be carried out.
    pub(crate) time: Nanoseconds,
    pub(crate) peer: Arc<Peer>,
    pub(crate) command: Cow<'static, str>,
    /// What may be told of them, as a JSON object; none if they make no sense.
    pub(crate) arguments: Option<String>,
    pub(crate) outcome: Outcome,
    pub(crate) duration: Duration,
    /// Whether it was to change something.
    pub(crate) changes: bool,
}

/// What became of a request.
#[derive(Debug)]
pub(crate) enum Outcome {
    Done(Option<Number>),
    Failed(Failure),
    /// It may not be used, or not now; by a rule, if the owner of the guest has one.
    Refused(Failure, Option<String>),
}

/// What of a command's answer is needed to follow what it began: the number of a process, of a handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Number {
    pub(crate) name: &'static str,
    pub(crate) value: i64,
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(Some(1))?;
        members.serialize_entry(self.name, &self.value)?;
        members.end()
    }
}

#[derive(Serialize)]
struct Head<'a> {
    time: &'a str,
    channel: &'a str,
    peer: Option<PeerTold<'a>>,
    command: &'a str,
}

#[derive(Serialize)]
struct PeerTold<'a> {
    device: Option<Cow<'a, str>>,
    pid: Option<i32>,
    uid: Option<u32>,
    cid: Option<u32>,
    port: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Tail<'a> {
    result: &'a str,
    answer: Option<Number>,
    class: Option<Class>,
    desc: Option<&'a str>,
    rule: Option<&'a str>,
    duration_us: u64,
}

impl Record {
    /// As a JSON object on one line.
    pub(crate) fn json(&self) -> Vec<u8> {
        let time = stamp(self.time);
        let (channel, peer) = (self.peer.method().as_str(), peer_told(&self.peer));
        let mut line = Vec::new();
        put(&mut line, &Head { time: &time, channel, peer, command: cut(&self.command) });
        if let Some(arguments) = &self.arguments {
            line.pop();
            line.extend_from_slice(b", \"arguments\": ");
            line.extend_from_slice(arguments.as_bytes());
            line.push(b'}');
        }
        let (answer, failure) = self.outcome.parts();
        let tail = Tail {
            result: self.outcome.word(),
            answer,
            class: failure.map(|failure| failure.class),
            desc: failure.map(|failure| cut(&failure.desc)),
            rule: self.outcome.rule().map(cut),
            duration_us: u64::try_from(self.duration.as_micros()).unwrap_or(u64::MAX),
        };
        let mut rest = Vec::new();
        put(&mut rest, &tail);
        line.pop();
        line.extend_from_slice(b", ");
        line.extend(rest.into_iter().skip(1));
        line
    }

    /// As the fields of an entry in the journal. `chain` is what the file's hash chain has come to.
    pub(crate) fn fields(&self, chain: Option<&str>) -> Vec<(&'static str, String)> {
        let (answer, failure) = self.outcome.parts();
        let told = peer_told(&self.peer);
        let told = told.as_ref();
        let optional = [
            ("QGA_PEER_PID", told.and_then(|peer| peer.pid).map(|pid| pid.to_string())),
            ("QGA_PEER_UID", told.and_then(|peer| peer.uid).map(|uid| uid.to_string())),
            ("QGA_PEER_CID", told.and_then(|peer| peer.cid).map(|cid| cid.to_string())),
            ("QGA_ARGUMENTS", self.arguments.clone()),
            ("QGA_ANSWER", answer.map(|answer| answer.value.to_string())),
            ("QGA_ERROR_CLASS", failure.map(|failure| format!("{:?}", failure.class))),
            ("QGA_ERROR", failure.map(|failure| cut(&failure.desc).to_owned())),
            ("QGA_RULE", self.outcome.rule().map(|rule| cut(rule).to_owned())),
            ("QGA_CHAIN", chain.map(str::to_owned)),
        ];
        let mut fields = vec![
            ("MESSAGE", self.summary()),
            ("MESSAGE_ID", MESSAGE_ID.to_owned()),
            ("PRIORITY", self.priority().to_string()),
            ("SYSLOG_IDENTIFIER", PROGRAM.to_owned()),
            ("QGA_TIME", stamp(self.time)),
            ("QGA_CHANNEL", self.peer.method().as_str().to_owned()),
            ("QGA_COMMAND", cut(&self.command).to_owned()),
            ("QGA_RESULT", self.outcome.word().to_owned()),
            ("QGA_DURATION_USEC", self.duration.as_micros().to_string()),
        ];
        fields.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
        fields
    }

    /// As a line for people.
    pub(crate) fn summary(&self) -> String {
        let mut text = cut(&self.command).to_owned();
        // Writing to a string does not fail.
        let _ = match self.arguments.as_deref().filter(|arguments| *arguments != "{}") {
            Some(arguments) => write!(text, " {arguments}: {}", self.outcome.word()),
            None => write!(text, ": {}", self.outcome.word()),
        };
        let _ = match self.outcome.parts() {
            (Some(answer), _) => write!(text, ", {} {}", answer.name, answer.value),
            (None, Some(failure)) => write!(text, ", {}", cut(&failure.desc)),
            (None, None) => Ok(()),
        };
        let _ = write!(text, " ({})", self.peer);
        one_line(&text)
    }

    /// How much memory it takes, roughly.
    pub(crate) fn bytes(&self) -> usize {
        let desc = self.outcome.parts().1.map_or(0, |failure| failure.desc.len());
        size_of::<Record>() + self.command.len() + self.arguments.as_ref().map_or(0, String::len) + desc
    }

    /// As syslog(3) counts them: a refusal is a warning, a failure a notice, a read for those who debug.
    fn priority(&self) -> u8 {
        match self.outcome {
            Outcome::Refused(..) => 4,
            Outcome::Failed(_) if self.changes => 5,
            Outcome::Done(_) if self.changes => 6,
            _ => 7,
        }
    }
}

impl Outcome {
    fn word(&self) -> &'static str {
        match self {
            Outcome::Done(_) => "ok",
            Outcome::Failed(_) => "error",
            Outcome::Refused(..) => "refused",
        }
    }

    fn rule(&self) -> Option<&str> {
        match self {
            Outcome::Refused(_, rule) => rule.as_deref(),
            _ => None,
        }
    }

    fn parts(&self) -> (Option<Number>, Option<&Failure>) {
        match self {
            Outcome::Done(answer) => (*answer, None),
            Outcome::Failed(failure) | Outcome::Refused(failure, _) => (None, Some(failure)),
        }
    }
}

fn peer_told(peer: &Peer) -> Option<PeerTold<'_>> {
    let nothing = PeerTold { device: None, pid: None, uid: None, cid: None, port: None };
    match peer {
        Peer::Device { path, .. } => Some(PeerTold { device: Some(Path::to_string_lossy(path)), ..nothing }),
        Peer::Unix(Some(process)) => {
            Some(PeerTold { pid: Some(process.pid), uid: Some(process.uid), ..nothing })
        }
        Peer::Unix(None) => None,
        Peer::Vsock(VsockAddress { cid, port }) => {
            Some(PeerTold { cid: Some(*cid), port: Some(*port), ..nothing })
        }
    }
}

/// Appends an object of texts and whole numbers, which can always be written.
pub(super) fn put(line: &mut Vec<u8>, value: &impl Serialize) {
    let written = write(line, value);
    debug_assert!(written.is_ok(), "texts and whole numbers");
}

/// A text of the host's, at most so much of it that it cannot push out other records.
fn cut(text: &str) -> &str {
    let end = (0..=LONGEST.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}
