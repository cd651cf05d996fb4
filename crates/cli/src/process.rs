//! Programs of this machine that must not take for ever.

use std::io::{self, ErrorKind, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

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
    fn a_program_that_takes_too_long_is_ended() {
        let start = Instant::now();
        let deadline = Some(start + Duration::from_millis(50));
        let error = run(&mut shell("exec sleep 60"), deadline, 5).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert!(start.elapsed() < Duration::from_secs(30));
    }
}
