//! A message is a word, and for some a blank and what the word is about.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What the agent tells its guardian.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Order {
    /// What to run after the thaw, and how long it may take at most.
    Hook(PathBuf),
    HookLimit(Duration),
    /// That the hook is going to run.
    Prepare,
    /// To open this mount point.
    Mount(PathBuf),
    /// To set this mark, which tells of the freeze.
    Mark(PathBuf),
    /// Where that mark is, if it is set already.
    Marked(PathBuf),
    /// How long the freeze may stand.
    Limit(Duration),
    /// That this is all: it begins.
    Begin,
    /// To thaw all that it guards, and to tell how many were frozen.
    Thaw,
    /// That the agent has heard of the deadline, and ends the freeze.
    TakeOver,
    /// That nothing is frozen any more.
    Done,
}

/// What a guardian tells the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// It has done what it was told.
    Ready,
    /// It cannot guard, and why.
    Failed(String),
    /// It has thawed that many, as it was told.
    Thawed(usize),
    /// The freeze has stood too long: it thaws.
    Deadline,
    /// The agent is to run the hook.
    Yours,
    /// The guardian runs the hook, as it heard nothing from the agent for a while.
    Mine,
}

impl Order {
    pub(super) fn message(&self) -> Vec<u8> {
        let milliseconds = |time: &Duration| time.as_millis().to_string().into_bytes();
        match self {
            Order::Mount(path) => about("mount", path.as_os_str().as_bytes()),
            Order::Mark(path) => about("mark", path.as_os_str().as_bytes()),
            Order::Marked(path) => about("marked", path.as_os_str().as_bytes()),
            Order::Hook(path) => about("hook", path.as_os_str().as_bytes()),
            Order::HookLimit(limit) => about("hook-limit", &milliseconds(limit)),
            Order::Limit(limit) => about("limit", &milliseconds(limit)),
            Order::Prepare => about("prepare", b""),
            Order::Begin => about("begin", b""),
            Order::Thaw => about("thaw", b""),
            Order::TakeOver => about("take-over", b""),
            Order::Done => about("done", b""),
        }
    }

    /// `None` for what no agent of this release says.
    pub(super) fn parse(message: &[u8]) -> Option<Order> {
        let (word, rest) = split(message);
        let path = || Path::new(OsStr::from_bytes(rest)).to_owned();
        let time = || std::str::from_utf8(rest).ok()?.parse().ok().map(Duration::from_millis);
        Some(match word {
            b"mount" => Order::Mount(path()),
            b"mark" => Order::Mark(path()),
            b"marked" => Order::Marked(path()),
            b"hook" => Order::Hook(path()),
            b"hook-limit" => Order::HookLimit(time()?),
            b"limit" => Order::Limit(time()?),
            b"prepare" => Order::Prepare,
            b"begin" => Order::Begin,
            b"thaw" => Order::Thaw,
            b"take-over" => Order::TakeOver,
            b"done" => Order::Done,
            _ => return None,
        })
    }
}

impl Notice {
    pub(super) fn message(&self) -> Vec<u8> {
        match self {
            Notice::Ready => about("ready", b""),
            Notice::Failed(reason) => about("failed", reason.as_bytes()),
            Notice::Thawed(count) => about("thawed", count.to_string().as_bytes()),
            Notice::Deadline => about("deadline", b""),
            Notice::Yours => about("yours", b""),
            Notice::Mine => about("mine", b""),
        }
    }

    /// `None` for what no guardian of this release says.
    pub(super) fn parse(message: &[u8]) -> Option<Notice> {
        let (word, rest) = split(message);
        Some(match word {
            b"ready" => Notice::Ready,
            b"failed" => Notice::Failed(String::from_utf8_lossy(rest).into_owned()),
            b"thawed" => Notice::Thawed(std::str::from_utf8(rest).ok()?.parse().ok()?),
            b"deadline" => Notice::Deadline,
            b"yours" => Notice::Yours,
            b"mine" => Notice::Mine,
            _ => return None,
        })
    }
}

fn about(word: &str, rest: &[u8]) -> Vec<u8> {
    [word.as_bytes(), b" ", rest].concat()
}

fn split(message: &[u8]) -> (&[u8], &[u8]) {
    let blank = message.iter().position(|byte| *byte == b' ').unwrap_or(message.len());
    let (word, rest) = message.split_at(blank);
    (word, rest.strip_prefix(b" ").unwrap_or(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_understood() {
        let odd = PathBuf::from(OsStr::from_bytes(b"/mnt/a b\n\xff"));
        for order in [
            Order::Mount(odd.clone()),
            Order::Mark(odd.clone()),
            Order::Marked(odd.clone()),
            Order::Hook(odd),
            Order::HookLimit(Duration::from_secs(180)),
            Order::Limit(Duration::from_millis(1)),
            Order::Prepare,
            Order::Begin,
            Order::Thaw,
            Order::TakeOver,
            Order::Done,
        ] {
            assert_eq!(Order::parse(&order.message()), Some(order));
        }
        let failed = Notice::Failed("failed to open /a b: No such file or directory".to_owned());
        for notice in
            [Notice::Ready, failed, Notice::Thawed(3), Notice::Deadline, Notice::Yours, Notice::Mine]
        {
            assert_eq!(Notice::parse(&notice.message()), Some(notice));
        }
    }

    #[test]
    fn what_makes_no_sense_is_not_understood() {
        for message in
            [&b""[..], b" ", b"mountain /a", b"limit", b"limit x", b"limit -1", b"thawed", b"thawed -1"]
        {
            assert_eq!(Order::parse(message), None);
            assert_eq!(Notice::parse(message), None);
        }
    }
}
