//! Input that no well-behaved host sends.

use crate::{
    client::milliseconds,
    limit,
    line::{Group, LINE, Line, Round, Size, Target, Unit},
    program::{PING, Program, Ready},
};
use anyhow::Result;
use std::{
    fmt::Write,
    fs, thread,
    time::{Duration, Instant},
};

pub(crate) const GROUP: Group = Group {
    title: "Hostile input",
    lines: &[
        Line {
            what: "an argument with 100,000 members",
            target: Target::Ratio { must: 0.3, should: 0.1 },
            size: Size::Grows { from: 25_000, to: 100_000 },
            agent: many_members,
            ..SLOW
        },
        Line {
            what: "1 MiB of junk, then 0xFF and a sync",
            target: Target::Ratio { must: 0.3, should: 0.1 },
            size: Size::Fixed(1 << 20),
            agent: junk,
            limit: Some(|size| limit::echo_at_once(size, 19, 1000)),
            ..SLOW
        },
        Line {
            what: "64 KiB of }",
            target: Target::Ratio { must: 0.05, should: 0.05 },
            size: Size::Fixed(64 << 10),
            agent: braces,
            limit: Some(|size| limit::echo_at_once(size, 19, 1000)),
            ..SLOW
        },
        Line {
            what: "a client that never reads",
            unit: Unit::Processor,
            target: Target::Value(0.0),
            agent: never_read,
            ..SLOW
        },
    ],
};

const SLOW: Line = Line { unit: Unit::Milliseconds, rounds: 3, ..LINE };
const RESET: &[u8] = b"\xFF{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":1}}\n";

fn many_members(program: &Program, members: usize) -> Result<Round> {
    let mut ready = program.ready()?;
    let mut request = "{\"execute\":\"guest-ping\",\"arguments\":{".to_owned();
    for number in 0..members {
        write!(request, "\"key{number}\":{number},")?;
    }
    request.pop();
    request.push_str("}}\n");
    Ok(Box::new(move || {
        let start = Instant::now();
        ready.client().send(request.as_bytes())?;
        ready.client().line()?;
        Ok(milliseconds(start.elapsed()))
    }))
}

fn junk(program: &Program, size: usize) -> Result<Round> {
    let ready = program.ready()?;
    let junk: Vec<u8> = b"@junk! ".iter().copied().cycle().take(size).chain(RESET.iter().copied()).collect();
    Ok(Box::new(until_synced(ready, junk)))
}

fn braces(program: &Program, size: usize) -> Result<Round> {
    let ready = program.ready()?;
    Ok(Box::new(until_synced(ready, [&b"}".repeat(size), RESET].concat())))
}

/// Sends while it reads: agents answer nonsense, too. The answer to the sync is led by 0xFF.
fn until_synced(mut ready: Ready, input: Vec<u8>) -> impl FnMut() -> Result<f64> {
    move || {
        let start = Instant::now();
        ready.client().exchange(&input, |answers| memchr::memchr(0xFF, answers).is_some())?;
        Ok(milliseconds(start.elapsed()))
    }
}

/// What the agent takes of a processor when its answers fill the channel.
fn never_read(program: &Program, _: usize) -> Result<Round> {
    let mut ready = program.ready()?;
    let requests = PING.repeat(1000);
    let mut last = Instant::now();
    while last.elapsed() < Duration::from_millis(300) {
        if ready.client().send_some(requests.as_bytes())? > 0 {
            last = Instant::now();
        }
    }
    Ok(Box::new(move || {
        const WATCHED: Duration = Duration::from_secs(1);
        // The client must not be dropped.
        let pid = ready.agent().pid();
        let before = processor_time(pid)?;
        thread::sleep(WATCHED);
        Ok((processor_time(pid)? - before) / WATCHED.as_secs_f64())
    }))
}

/// Seconds of all its threads, from schedstat: the first number there is in nanoseconds.
fn processor_time(pid: u32) -> Result<f64> {
    let mut nanoseconds = 0.0;
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        let text = fs::read_to_string(task?.path().join("schedstat"))?;
        nanoseconds += text.split_whitespace().next().unwrap_or("0").parse::<f64>()?;
    }
    Ok(nanoseconds / 1e9)
}
