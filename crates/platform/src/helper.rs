//! Programs that the agent runs for itself: hwclock, poweroff, systemctl, the freeze hook.

mod failure;
mod sys;

pub use failure::Failure;

use crate::Error;
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A program to run, and what for.
#[derive(Clone, PartialEq, Eq)]
pub struct Helper {
    /// What it is to do, as texts of errors say it: `shutdown`.
    pub action: &'static str,
    /// A path, or a name that is looked for in PATH.
    pub program: OsString,
    /// What follows the name.
    pub arguments: Vec<String>,
    /// What it reads; nothing when empty.
    pub input: Vec<u8>,
    /// How long it may take; then it is killed, and with it what it started. Without end when absent.
    pub limit: Option<Duration>,
}

impl Helper {
    /// A program that reads nothing.
    pub fn new(action: &'static str, program: impl AsRef<OsStr>, arguments: &[&str]) -> Helper {
        let arguments = arguments.iter().map(ToString::to_string).collect();
        Helper { action, program: program.as_ref().to_owned(), arguments, input: Vec::new(), limit: None }
    }
}

/// Without the input, which may be a secret.
impl fmt::Debug for Helper {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Helper { action, program, arguments, input: _, limit: _ } = self;
        write!(out, "{action}: {program:?} {arguments:?}")
    }
}

/// Running programs.
pub trait Programs: Send + Sync {
    /// Runs a program to its end. It has worked when it ends with status 0.
    fn run(&self, helper: &Helper) -> Result<(), Failure>;
}

/// The real thing: a child in a session of its own, with the agent's environment.
///
/// What the child leaves running may go on to hold its output open; the agent waits for the child alone.
pub struct SystemPrograms;

/// How much of a child's output is kept for the text of an error; the rest is read and thrown away.
const MOST_OUTPUT: usize = 64 << 10;
/// What a pipe holds (pipe(7)): the most that a child can have written before it ended.
const PIPE_CAPACITY: usize = 64 << 10;
/// How soon the end of a child is noticed if somebody else keeps its output open, in milliseconds.
const PATIENCE: u8 = 100;

impl Programs for SystemPrograms {
    fn run(&self, helper: &Helper) -> Result<(), Failure> {
        self.output(helper).map(drop)
    }
}

impl SystemPrograms {
    /// Runs a program to its end, and gives what it wrote.
    pub fn output(&self, helper: &Helper) -> Result<String, Failure> {
        let (output, sink) =
            nix::unistd::pipe2(OFlag::O_CLOEXEC).map_err(|_| Error::told("cannot create pipe FDs"))?;
        let mut child = start(helper, sink)?;
        let due = helper.limit.and_then(|limit| Instant::now().checked_add(limit));
        let captured = capture(helper, &mut child, &mut File::from(output), due);
        let status = wait(&mut child, due)?;
        let output = String::from_utf8_lossy(&captured?).into_owned();
        match status {
            Some(status) => failure::judge(helper, status, output),
            None => Err(Failure::TooLong {
                action: helper.action,
                limit: helper.limit.unwrap_or_default(),
                output,
            }),
        }
    }
}

fn start(helper: &Helper, sink: OwnedFd) -> Result<Child, Failure> {
    let no_child = |error| Error::new("failed to create child process", error);
    let mut command = Command::new(&helper.program);
    command.args(&helper.arguments);
    command.stdin(input(helper)?);
    command.stdout(sink.try_clone().map_err(no_child)?);
    command.stderr(sink);
    sys::in_its_own_session(&mut command);
    command.spawn().map_err(|error| match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::EAGAIN | Errno::ENOMEM | Errno::EMFILE | Errno::ENFILE) => no_child(error).into(),
        _ => Failure::NotRun { action: helper.action, program: helper.program.clone(), reason: error },
    })
}

/// A file in memory rather than a pipe: nobody has to wait until the child reads it.
fn input(helper: &Helper) -> Result<Stdio, Error> {
    if helper.input.is_empty() {
        return Ok(Stdio::null());
    }
    let filled = || -> io::Result<File> {
        let mut file = File::from(memfd_create("input", MFdFlags::MFD_CLOEXEC)?);
        file.write_all(&helper.input)?;
        file.rewind()?;
        Ok(file)
    };
    let file = filled()
        .map_err(|error| Error::new(format!("{}: cannot write to stdin pipe", helper.action), error))?;
    Ok(file.into())
}

/// What the child writes until it ends, closes its output, or is due.
fn capture(
    helper: &Helper,
    child: &mut Child,
    output: &mut File,
    due: Option<Instant>,
) -> Result<Vec<u8>, Failure> {
    let unreadable =
        |error| Error::new(format!("{}: cannot read from stdout/stderr pipe", helper.action), error);
    let mut captured = Vec::new();
    while child.try_wait().map_err(|error| lost(child.id(), error))?.is_none() && !is_past(due) {
        if is_readable(output, PATIENCE) && read_some(output, &mut captured).map_err(unreadable)? == 0 {
            return Ok(captured);
        }
    }
    let mut left = PIPE_CAPACITY;
    while left > 0 && is_readable(output, 0) {
        match read_some(output, &mut captured).map_err(unreadable)? {
            0 => break,
            count => left = left.saturating_sub(count),
        }
    }
    Ok(captured)
}

fn is_readable(output: &File, patience: u8) -> bool {
    let mut watched = [PollFd::new(output.as_fd(), PollFlags::POLLIN)];
    poll(&mut watched, PollTimeout::from(patience)).is_ok_and(|ready| ready > 0)
}

fn read_some(output: &mut File, captured: &mut Vec<u8>) -> io::Result<usize> {
    let mut piece = [0; 4096];
    let count = loop {
        match output.read(&mut piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => break read?,
        }
    };
    let room = MOST_OUTPUT - captured.len();
    captured.extend(piece.iter().take(count.min(room)));
    Ok(count)
}

/// How the child ended; `None` if it had to be killed.
fn wait(child: &mut Child, due: Option<Instant>) -> Result<Option<ExitStatus>, Failure> {
    let id = child.id();
    let mut patience = Duration::from_millis(1);
    while due.is_some() {
        if let Some(status) = child.try_wait().map_err(|error| lost(id, error))? {
            return Ok(Some(status));
        }
        if is_past(due) {
            kill_group(child)?;
            return Ok(None);
        }
        thread::sleep(patience);
        patience = (patience * 2).min(Duration::from_millis(PATIENCE.into()));
    }
    child.wait().map(Some).map_err(|error| lost(id, error))
}

fn is_past(due: Option<Instant>) -> bool {
    due.is_some_and(|due| due <= Instant::now())
}

/// The child leads its session, and so its first process group, to which what it starts belongs unless it
/// asks for another.
fn kill_group(child: &mut Child) -> Result<(), Failure> {
    let lost = |error: io::Error, child: &Child| lost(child.id(), error);
    let group = Pid::from_raw(child.id().try_into().map_err(|_| lost(Errno::ESRCH.into(), child))?);
    killpg(group, Signal::SIGKILL).map_err(|error| lost(error.into(), child))?;
    child.wait().map(drop).map_err(|error| lost(error, child))
}

fn lost(id: u32, error: io::Error) -> Failure {
    Error::new(format!("failed to wait for child (pid: {id})"), error).into()
}

#[cfg(test)]
mod tests;
