//! Programs.

use super::file::{BIGGEST_WRITE, open, write_request};
use crate::{
    client::{Client, median, microseconds, milliseconds},
    limit,
    line::{Group, LINE, Line, Round, Size, Target, Unit},
    program::{PING, Program, Ready},
};
use anyhow::Result;
use nix::{sys::stat::Mode, unistd::mkfifo};
use serde_json::json;
use std::{
    fs::{self, File, OpenOptions},
    os::unix::fs::PermissionsExt,
    time::{Duration, Instant},
};

const MIB: usize = 1 << 20;
const RUNS: Size = Size::Less { quick: 20, full: 100 };
const TRUE: Target = Target::Ratio { must: 0.77, should: 0.63 };
const DATA: Target = Target::Ratio { must: 0.3, should: 0.15 };

pub(crate) const GROUP: Group = Group {
    title: "Programs",
    lines: &[
        Line {
            what: "guest-exec of /bin/true, until it is known to have ended",
            unit: Unit::Milliseconds,
            target: TRUE,
            size: RUNS,
            agent: |program, runs| Ok(run_true(program.ready()?, runs)),
            limit: Some(|runs| Ok(limit::spawn(runs))),
            ..LINE
        },
        Line {
            what: "the same after a request of 40 MiB",
            unit: Unit::Milliseconds,
            target: TRUE,
            size: RUNS,
            agent: |program, runs| Ok(run_true(after_big_request(program)?, runs)),
            limit: Some(|runs| Ok(limit::spawn(runs))),
            ..LINE
        },
        Line {
            what: "guest-exec with 15 MiB of captured output",
            unit: Unit::Milliseconds,
            target: DATA,
            size: Size::Fixed(15 * MIB),
            rounds: 5,
            agent: capture,
            limit: Some(|size| Ok(limit::capture(size))),
            ..LINE
        },
        Line {
            what: "guest-exec with 8 MiB of input",
            unit: Unit::Milliseconds,
            target: DATA,
            size: Size::Fixed(8 * MIB),
            rounds: 5,
            agent: feed,
            limit: Some(|size| Ok(limit::feed(size))),
            ..LINE
        },
        Line {
            what: "guest-ping with running programs",
            target: Target::Ratio { must: 0.65, should: 0.45 },
            size: Size::Less { quick: 100, full: 1000 },
            rounds: 3,
            agent: ping_beside_programs,
            limit: Some(|_| limit::echo(PING.len(), 15, 1000)),
            ..LINE
        },
    ],
};

fn exec(arguments: &serde_json::Value) -> String {
    format!("{{\"execute\":\"guest-exec\",\"arguments\":{arguments}}}\n")
}

/// Asks again and again until the program has ended. How long that took, from the request on.
fn run_to_end(client: &mut Client, request: &str) -> Result<Duration> {
    let start = Instant::now();
    let pid = client.number(request)?;
    let status = format!("{{\"execute\":\"guest-exec-status\",\"arguments\":{{\"pid\":{pid}}}}}\n");
    loop {
        let answer = client.call(&status)?;
        // What a program wrote comes after this in one agent, before it in the other.
        let (head, tail) =
            (answer.get(..100).unwrap_or(answer), answer.get(answer.len().saturating_sub(100)..));
        let ended = |part: &[u8]| memchr::memmem::find(part, b"\"exited\": true").is_some();
        if ended(head) || tail.is_some_and(ended) {
            return Ok(start.elapsed());
        }
    }
}

fn after_big_request(program: &Program) -> Result<Ready> {
    let mut ready = program.ready()?;
    let handle = open(&mut ready, "file", b"", "w")?;
    ready.client().call(&write_request(handle, BIGGEST_WRITE))?;
    Ok(ready)
}

fn run_true(mut ready: Ready, runs: usize) -> Round {
    let request = exec(&json!({"path": "/bin/true"}));
    Box::new(move || {
        let times = (0..runs).map(|_| Ok(milliseconds(run_to_end(ready.client(), &request)?)));
        Ok(median(times.collect::<Result<_>>()?))
    })
}

fn capture(program: &Program, size: usize) -> Result<Round> {
    let mut ready = program.ready()?;
    let arguments = ["-c".to_owned(), size.to_string(), "/dev/zero".to_owned()];
    let request = exec(&json!({"path": "/usr/bin/head", "arg": arguments, "capture-output": true}));
    Ok(Box::new(move || Ok(milliseconds(run_to_end(ready.client(), &request)?))))
}

fn feed(program: &Program, size: usize) -> Result<Round> {
    let mut ready = program.ready()?;
    let input = base64_simd::STANDARD.encode_to_string(limit::content(size));
    let request = exec(&json!({"path": "/usr/bin/wc", "arg": ["-c"], "input-data": input}));
    Ok(Box::new(move || Ok(milliseconds(run_to_end(ready.client(), &request)?))))
}

/// The programs wait at a pipe, and end when its other end is dropped.
fn ping_beside_programs(program: &Program, programs: usize) -> Result<Round> {
    let mut ready = program.ready()?;
    let (pipe, open) = pipe(&ready)?;
    let request = exec(&json!({"path": "/bin/cat", "arg": [pipe]}));
    for _ in 0..programs {
        ready.client().number(&request)?;
    }
    Ok(Box::new(move || {
        let _needed = &open;
        let times = (0..1000).map(|_| Ok(microseconds(ready.client().timed(PING)?)));
        Ok(median(times.collect::<Result<_>>()?))
    }))
}

fn pipe(ready: &Ready) -> Result<(std::path::PathBuf, File)> {
    let path = ready.agent().scratch().files().join("pipe");
    mkfifo(&path, Mode::S_IRWXU)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666))?;
    let open = OpenOptions::new().read(true).write(true).open(&path)?;
    Ok((path, open))
}
