//! Small requests, one by one and many at once.

use crate::{
    client::{median, microseconds},
    limit,
    line::{Group, LINE, Line, Round, Size, Target},
    program::{PING, Program},
};
use anyhow::Result;
use nix::{
    sched::{CpuSet, sched_setaffinity},
    unistd::Pid,
};
use std::time::Instant;

const SYNC: &str = "{\"execute\":\"guest-sync\",\"arguments\":{\"id\":123456}}\n";
const INFO: &str = "{\"execute\":\"guest-info\"}\n";
const CALLS: Size = Size::Less { quick: 500, full: 3000 };

pub(crate) const GROUP: Group = Group {
    title: "Requests",
    lines: &[
        Line {
            what: "guest-ping, round trip on one CPU",
            target: Target::Ratio { must: 0.65, should: 0.45 },
            size: CALLS,
            scene: one_processor,
            agent: |program, calls| round_trips(program, PING, calls),
            limit: Some(|calls| limit::echo(PING.len(), 15, calls)),
            ..LINE
        },
        Line {
            what: "guest-sync, round trip on one CPU",
            target: Target::Ratio { must: 0.65, should: 0.45 },
            size: CALLS,
            scene: one_processor,
            agent: |program, calls| round_trips(program, SYNC, calls),
            limit: Some(|calls| limit::echo(SYNC.len(), 19, calls)),
            ..LINE
        },
        Line {
            what: "guest-ping, 1000 at once, each",
            target: Target::Ratio { must: 0.25, should: 0.08 },
            size: Size::Fixed(1000),
            agent: pipelined,
            limit: Some(|calls| limit::echo_at_once(PING.len() * calls, 15 * calls, calls)),
            ..LINE
        },
        Line {
            what: "guest-info, on one CPU",
            target: Target::Ratio { must: 0.3, should: 0.15 },
            size: CALLS,
            scene: one_processor,
            agent: |program, calls| round_trips(program, INFO, calls),
            ..LINE
        },
    ],
};

/// Keeps this thread, and the agents that it starts, on one processor.
pub(super) fn one_processor(_: usize) -> Result<()> {
    let mut processors = CpuSet::new();
    processors.set(0)?;
    Ok(sched_setaffinity(Pid::from_raw(0), &processors)?)
}

/// The middle one of many calls, one after the other.
pub(crate) fn round_trips(program: &Program, request: &'static str, calls: usize) -> Result<Round> {
    let mut ready = program.ready()?;
    Ok(Box::new(move || {
        let times = (0..calls).map(|_| Ok(microseconds(ready.client().timed(request)?)));
        Ok(median(times.collect::<Result<_>>()?))
    }))
}

#[expect(clippy::cast_precision_loss, reason = "calls are few")]
fn pipelined(program: &Program, calls: usize) -> Result<Round> {
    let mut ready = program.ready()?;
    let requests = PING.repeat(calls);
    Ok(Box::new(move || {
        let start = Instant::now();
        ready.client().send(requests.as_bytes())?;
        ready.client().lines(calls)?;
        Ok(microseconds(start.elapsed()) / calls as f64)
    }))
}
