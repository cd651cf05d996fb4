//! Files: what is read and written, and the handles.

use crate::{
    client::megabytes_per_second,
    limit,
    line::{Group, LINE, Line, Round, Size, Target, Unit},
    program::{Program, Ready},
};
use anyhow::Result;
use std::time::Instant;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;
/// The most that one request may read.
const BIGGEST_READ: usize = 48 * MIB;
/// What a request of 40 MiB carries.
pub(crate) const BIGGEST_WRITE: usize = 30 * MIB;

const READS: Target = Target::Ratio { must: 5.0, should: 8.0 };
const WRITES: Target = Target::Ratio { must: 6.0, should: 10.0 };

pub(crate) const GROUP: Group = Group {
    title: "Files",
    lines: &[
        Line {
            target: Target::Ratio { must: 2.0, should: 3.0 },
            ..reading("guest-file-read, 4 KiB pieces", 4 * KIB)
        },
        Line { target: READS, ..reading("guest-file-read, 64 KiB pieces", 64 * KIB) },
        Line { target: READS, ..reading("guest-file-read, 1 MiB pieces", MIB) },
        Line { target: READS, ..reading("guest-file-read, 48 MiB at once", BIGGEST_READ) },
        Line { target: WRITES, ..writing("guest-file-write, 64 KiB pieces", 64 * KIB) },
        Line { target: WRITES, ..writing("guest-file-write, 1 MiB pieces", MIB) },
        Line { target: WRITES, ..writing("guest-file-write, a request of 40 MiB", BIGGEST_WRITE) },
        Line {
            what: "guest-file-open and guest-file-close, pairs",
            unit: Unit::PerSecond,
            target: Target::Ratio { must: 1.5, should: 3.0 },
            size: Size::Less { quick: 100, full: 1000 },
            agent: open_and_close,
            limit: Some(limit::open_and_close),
            ..LINE
        },
    ],
};

const fn reading(what: &'static str, piece: usize) -> Line {
    let agent = |program: &Program, piece| read_file(program, piece);
    Line {
        what,
        unit: Unit::MegabytesPerSecond,
        size: Size::Fixed(piece),
        rounds: 5,
        agent,
        limit: Some(limit::read),
        ..LINE
    }
}

const fn writing(what: &'static str, piece: usize) -> Line {
    let agent = |program: &Program, piece| write_file(program, piece);
    Line {
        what,
        unit: Unit::MegabytesPerSecond,
        size: Size::Fixed(piece),
        rounds: 5,
        agent,
        limit: Some(limit::write),
        ..LINE
    }
}

/// How many pieces make a round: enough to be measured, and no more, as the reference agent is slow.
pub(crate) fn pieces(piece: usize) -> usize {
    (8 * MIB / piece).clamp(1, 1000)
}

pub(crate) fn open(ready: &mut Ready, name: &str, content: &[u8], mode: &str) -> Result<i64> {
    let path = ready.agent().scratch().write(name, content)?;
    let arguments = serde_json::json!({"path": path, "mode": mode});
    ready.client().number(&format!("{{\"execute\":\"guest-file-open\",\"arguments\":{arguments}}}\n"))
}

/// A request to close.
pub(crate) fn close(handle: i64) -> String {
    format!("{{\"execute\":\"guest-file-close\",\"arguments\":{{\"handle\":{handle}}}}}\n")
}

/// A request to go back to the beginning.
pub(crate) fn rewind(handle: i64) -> String {
    format!(
        "{{\"execute\":\"guest-file-seek\",\"arguments\":{{\"handle\":{handle},\"offset\":0,\"whence\":0}}}}\n"
    )
}

/// A request to read.
pub(crate) fn read_request(handle: i64, count: usize) -> String {
    format!("{{\"execute\":\"guest-file-read\",\"arguments\":{{\"handle\":{handle},\"count\":{count}}}}}\n")
}

/// A request to write so many bytes.
pub(crate) fn write_request(handle: i64, count: usize) -> String {
    let text = base64_simd::STANDARD.encode_to_string(limit::content(count));
    format!(
        "{{\"execute\":\"guest-file-write\",\"arguments\":{{\"handle\":{handle},\"buf-b64\":\"{text}\"}}}}\n"
    )
}

fn read_file(program: &Program, piece: usize) -> Result<Round> {
    let mut ready = program.ready()?;
    let count = pieces(piece);
    let handle = open(&mut ready, "file", &limit::content(piece * count), "r")?;
    let (request, rewind) = (read_request(handle, piece), rewind(handle));
    Ok(Box::new(move || {
        ready.client().call(&rewind)?;
        let start = Instant::now();
        for _ in 0..count {
            ready.client().call(&request)?;
        }
        Ok(megabytes_per_second(piece * count, start.elapsed()))
    }))
}

fn write_file(program: &Program, piece: usize) -> Result<Round> {
    let mut ready = program.ready()?;
    let count = pieces(piece);
    let handle = open(&mut ready, "file", b"", "w")?;
    let (request, rewind) = (write_request(handle, piece), rewind(handle));
    Ok(Box::new(move || {
        ready.client().call(&rewind)?;
        let start = Instant::now();
        for _ in 0..count {
            ready.client().call(&request)?;
        }
        Ok(megabytes_per_second(piece * count, start.elapsed()))
    }))
}

#[expect(clippy::cast_precision_loss, reason = "pairs are few")]
fn open_and_close(program: &Program, pairs: usize) -> Result<Round> {
    let mut ready = program.ready()?;
    let path = ready.agent().scratch().write("file", b"")?;
    let open =
        format!("{{\"execute\":\"guest-file-open\",\"arguments\":{}}}\n", serde_json::json!({"path": path}));
    Ok(Box::new(move || {
        let start = Instant::now();
        for _ in 0..pairs {
            let handle = ready.client().number(&open)?;
            ready.client().call(&close(handle))?;
        }
        Ok(pairs as f64 / start.elapsed().as_secs_f64())
    }))
}
