//! The agent as a process: its start, its memory, its rest.

use super::file::{BIGGEST_WRITE, open, read_request, write_request};
use crate::{
    client::milliseconds,
    limit,
    line::{Group, LINE, Line, Round, Size, Target, Unit},
    program::{Program, Ready, connect},
};
use anyhow::Result;
use qga_testkit::Scratch;
use std::{
    thread,
    time::{Duration, Instant},
};

const MIB: usize = 1 << 20;
const BIGGEST_READ: usize = 48 * MIB;

pub(crate) const GROUP: Group = Group {
    title: "The process",
    lines: &[
        Line {
            what: "start to first answer",
            unit: Unit::Milliseconds,
            target: Target::Ratio { must: 0.5, should: 0.27 },
            size: Size::Less { quick: 3, full: 10 },
            agent: |program, times| Ok(starts(program, times)),
            limit: Some(|runs| Ok(limit::spawn(runs))),
            ..LINE
        },
        Line {
            what: "resident after the start",
            target: Target::Ratio { must: 0.6, should: 0.45 },
            agent: |program, _| Ok(fresh(program, |ready| ready.kibibytes("status", "VmRSS"))),
            ..MEMORY
        },
        Line {
            what: "private dirty after the start",
            target: Target::Ratio { must: 1.0, should: 0.75 },
            agent: |program, _| Ok(fresh(program, |ready| ready.kibibytes("smaps_rollup", "Private_Dirty"))),
            ..MEMORY
        },
        Line {
            what: "peak in a read of 48 MiB",
            target: Target::Ratio { must: 0.6, should: 0.5 },
            agent: |program, _| Ok(fresh(program, peak_of_read)),
            ..MEMORY
        },
        Line {
            what: "peak in a request of 40 MiB",
            target: Target::Ratio { must: 0.6, should: 0.28 },
            agent: |program, _| Ok(fresh(program, peak_of_write)),
            ..MEMORY
        },
        Line {
            what: "resident after both",
            target: Target::Ratio { must: 0.15, should: 0.065 },
            agent: |program, _| Ok(fresh(program, resident_after_both)),
            ..MEMORY
        },
        Line {
            what: "program with its libraries",
            target: Target::Ratio { must: 0.5, should: 0.22 },
            agent: |program, _| Ok(fresh(program, mapped)),
            ..MEMORY
        },
        Line {
            what: "wake-ups at rest with a client",
            unit: Unit::WakeUps,
            target: Target::Value(0.0),
            rounds: 1,
            agent: |program, _| Ok(fresh(program, wake_ups)),
            ..LINE
        },
    ],
};

const MEMORY: Line = Line { unit: Unit::Kibibytes, rounds: 3, ..LINE };

#[expect(clippy::cast_precision_loss, reason = "starts are few")]
fn starts(program: &Program, times: usize) -> Round {
    let program = program.clone();
    Box::new(move || {
        let mut sum = Duration::ZERO;
        for _ in 0..times {
            let scratch = Scratch::new()?;
            let start = Instant::now();
            let agent = program.start_in(scratch)?;
            connect(&agent)?;
            sum += start.elapsed();
        }
        Ok(milliseconds(sum) / times as f64)
    })
}

/// A round with an agent of its own.
fn fresh(program: &Program, act: fn(&mut Ready) -> Result<f64>) -> Round {
    let program = program.clone();
    Box::new(move || act(&mut program.ready()?))
}

fn read_much(ready: &mut Ready) -> Result<()> {
    let handle = open(ready, "read", &limit::content(BIGGEST_READ), "r")?;
    ready.client().call(&read_request(handle, BIGGEST_READ)).map(drop)
}

fn write_much(ready: &mut Ready) -> Result<()> {
    let handle = open(ready, "write", b"", "w")?;
    ready.client().call(&write_request(handle, BIGGEST_WRITE)).map(drop)
}

fn peak_of_read(ready: &mut Ready) -> Result<f64> {
    read_much(ready)?;
    ready.kibibytes("status", "VmHWM")
}

fn peak_of_write(ready: &mut Ready) -> Result<f64> {
    write_much(ready)?;
    ready.kibibytes("status", "VmHWM")
}

fn resident_after_both(ready: &mut Ready) -> Result<f64> {
    read_much(ready)?;
    write_much(ready)?;
    ready.kibibytes("status", "VmRSS")
}

#[expect(clippy::cast_precision_loss, reason = "no program is that big")]
fn mapped(ready: &mut Ready) -> Result<f64> {
    Ok(ready.mapped_files()? as f64 / 1024.0)
}

fn wake_ups(ready: &mut Ready) -> Result<f64> {
    const WATCHED: Duration = Duration::from_secs(2);
    // What the start has begun comes to its end first: the supervisor lies down after half a second.
    thread::sleep(WATCHED / 2);
    let before = ready.over_threads("voluntary_ctxt_switches")?;
    thread::sleep(WATCHED);
    Ok((ready.over_threads("voluntary_ctxt_switches")? - before) / WATCHED.as_secs_f64())
}
