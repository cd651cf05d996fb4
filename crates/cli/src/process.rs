//! Programs of this machine that must not take for ever.

#[cfg_attr(unix, path = "process/unix.rs")]
#[cfg_attr(not(unix), path = "process/other.rs")]
mod os;

use crate::failure::{self, SIGNAL_BASE};
use std::io::{self, ErrorKind, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

/// How long to wait before looking again whether a program has ended.
pub(crate) const GLANCE: Duration = Duration::from_millis(10);

/// What a program wrote, and how it ended.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) status: ExitStatus,
    pub(crate) output: Vec<u8>,
    pub(crate) errors: Vec<u8>,
}

/// Runs `command` with nothing to read, keeps up to `most` bytes of each output, and kills it at the deadline;
/// the error's kind is `TimedOut` then.
pub(crate) fn run(command: &mut Command, deadline: Option<Instant>, most: u64) -> io::Result<Finished> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let output = read_aside(child.stdout.take(), most);
    let errors = read_aside(child.stderr.take(), most);
    let read = wait_for(&output, deadline).and_then(|output| Ok((output, wait_for(&errors, deadline)?)));
    match read {
        Ok((output, errors)) => Ok(Finished { status: child.wait()?, output, errors }),
        Err(error) => Err(end(&mut child).err().unwrap_or(error)),
    }
}

/// Asks a program to end, and kills it when it does not within so long.
pub(crate) fn end_within(child: &mut Child, patience: Duration) -> io::Result<()> {
    os::ask_to_end(child)?;
    let deadline = Instant::now() + patience;
    while child.try_wait()?.is_none() {
        if Instant::now() >= deadline {
            return end(child);
        }
        thread::sleep(GLANCE);
    }
    Ok(())
}

/// The exit code that a shell has for a program that ended so.
pub(crate) fn exit_code(status: ExitStatus) -> u8 {
    exit_code_of(status.code().map(i64::from), os::signal(status).map(i64::from))
}

/// The exit code for a program that ended with this code or by this signal. What does not fit into a code is
/// still no success.
pub(crate) fn exit_code_of(code: Option<i64>, signal: Option<i64>) -> u8 {
    match (code, signal) {
        (Some(0), _) => 0,
        (Some(code), _) => u8::try_from(code).unwrap_or(failure::FAILED),
        (None, Some(signal)) => u8::try_from(signal.saturating_add(SIGNAL_BASE)).unwrap_or(failure::FAILED),
        (None, None) => failure::FAILED,
    }
}

fn end(child: &mut Child) -> io::Result<()> {
    child.kill()?;
    child.wait().map(drop)
}

fn read_aside(stream: Option<impl Read + Send + 'static>, most: u64) -> Receiver<io::Result<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = stream.map_or(Ok(0), |stream| stream.take(most).read_to_end(&mut bytes));
        // Nobody waits any longer when the time was over.
        drop(sender.send(read.map(|_| bytes)));
    });
    receiver
}

fn wait_for(bytes: &Receiver<io::Result<Vec<u8>>>, deadline: Option<Instant>) -> io::Result<Vec<u8>> {
    let patience =
        deadline.map_or(Duration::MAX, |deadline| deadline.saturating_duration_since(Instant::now()));
    bytes.recv_timeout(patience).unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn both_outputs_are_told_apart_and_bounded() {
        let finished = run(&mut shell("echo out; echo errors >&2; exit 3"), None, 5).unwrap();
        assert_eq!((&*finished.output, &*finished.errors), (&b"out\n"[..], &b"error"[..]));
        assert_eq!(finished.status.code(), Some(3));
    }

    #[test]
    fn an_end_has_a_code_as_in_a_shell() {
        let cases = [
            (Some(0), None, 0),
            (Some(7), None, 7),
            (Some(256), None, 1),
            (Some(-1), None, 1),
            (None, Some(9), 137),
            (None, Some(i64::MAX), 1),
            (None, None, 1),
        ];
        for (code, signal, expected) in cases {
            assert_eq!(exit_code_of(code, signal), expected, "{code:?} {signal:?}");
        }
    }

    #[test]
    fn a_program_that_does_not_want_to_end_is_killed() {
        let mut child =
            shell("trap '' TERM; echo; while :; do sleep 1; done").stdout(Stdio::piped()).spawn().unwrap();
        let output = &mut child.stdout.take().unwrap();
        output.read_exact(&mut [0]).unwrap();
        end_within(&mut child, Duration::from_millis(50)).unwrap();
        assert_eq!(exit_code(child.wait().unwrap()), 137);
    }

    #[test]
    fn a_program_that_takes_too_long_is_ended() {
        let start = Instant::now();
        let deadline = Some(start + Duration::from_millis(50));
        let error = run(&mut shell("exec sleep 60"), deadline, 5).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert!(start.elapsed() < Duration::from_secs(30));
    }
}
