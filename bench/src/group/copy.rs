//! Copies by `qga cp`. The limit is the same requests, pipelined to our agent by a client that does nothing else: to the
//! guest they are made beforehand, from the guest their bytes are written to a file.

use super::file::{close, open, read_request, rewind, write_request};
use crate::{
    client::megabytes_per_second,
    limit,
    line::{Group, LINE, Line, Round, Size, Target, Unit},
    program::{Program, Ready},
};
use anyhow::{Context, Result, ensure};
use qga_client::GuestFile;
use qga_testkit::program;
use std::{
    fs::{self, File},
    io::{BufRead, ErrorKind, Write},
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

const MIB: usize = 1 << 20;
const PIECE: usize = GuestFile::PIECE;
const UNDER_WAY: usize = GuestFile::UNDER_WAY;

const COPY: Line = Line {
    unit: Unit::MegabytesPerSecond,
    target: Target::OfLimit(0.8),
    size: Size::Less { quick: 64 * MIB, full: 256 * MIB },
    rounds: 3,
    ..LINE
};

pub(crate) const GROUP: Group = Group {
    title: "Copies; the limit is the same requests to our agent, pipelined by a client that does nothing else",
    lines: &[
        Line { what: "qga cp to the guest, 256 MiB", agent: to_guest, limit: Some(raw_to_guest), ..COPY },
        Line {
            what: "qga cp from the guest, 256 MiB",
            agent: from_guest,
            limit: Some(raw_from_guest),
            ..COPY
        },
    ],
};

fn to_guest(program: &Program, size: usize) -> Result<Round> {
    let ready = program.ready()?;
    let there = ready.agent().scratch().files().join("there");
    let here = ready.agent().scratch().write("here", &limit::content(size))?;
    let paths = [text(&here), format!("guest:{}", text(&there))];
    copies(ready, size, there, paths)
}

fn from_guest(program: &Program, size: usize) -> Result<Round> {
    let ready = program.ready()?;
    let there = ready.agent().scratch().write("there", &limit::content(size))?;
    let here = ready.agent().scratch().files().join("here");
    let paths = [format!("guest:{}", text(&there)), text(&here)];
    copies(ready, size, here, paths)
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// Copies, each time to a file that is new. The agent serves one client at a time if it is the reference, so ours
/// leaves.
fn copies(ready: Ready, size: usize, copy: PathBuf, paths: [String; 2]) -> Result<Round> {
    let agent = ready.into_agent();
    let qga = program::client()?;
    Ok(Box::new(move || {
        remove(&copy)?;
        let start = Instant::now();
        run(&qga, &agent.scratch().socket(), &paths)?;
        Ok(megabytes_per_second(size, start.elapsed()))
    }))
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed.with_context(|| format!("cannot remove {}", path.display())),
    }
}

fn run(qga: &Path, socket: &Path, paths: &[String]) -> Result<()> {
    let mut command = Command::new(qga);
    command.arg("-c").arg(socket).args(["--timeout", "60", "cp", "--no-check"]).args(paths);
    let ended = command.output().context("cannot run qga")?;
    ensure!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    Ok(())
}

fn raw_to_guest(size: usize) -> Result<Round> {
    let mut ready = Program::ours()?.ready()?;
    let (count, there) = (size / PIECE, ready.agent().scratch().files().join("there"));
    Ok(Box::new(move || {
        remove(&there)?;
        let handle = open(&mut ready, "there", b"", "w")?;
        let request = write_request(handle, PIECE);
        let start = Instant::now();
        pipelined(&mut ready, request.as_bytes(), count, |_| Ok(()))?;
        ready.client().call(&close(handle))?;
        Ok(megabytes_per_second(count * PIECE, start.elapsed()))
    }))
}

fn raw_from_guest(size: usize) -> Result<Round> {
    let mut ready = Program::ours()?.ready()?;
    let handle = open(&mut ready, "there", &limit::content(size), "r")?;
    let request = read_request(handle, PIECE);
    let (count, rewind) = (size / PIECE, rewind(handle));
    let here = ready.agent().scratch().files().join("here");
    Ok(Box::new(move || {
        ready.client().call(&rewind)?;
        remove(&here)?;
        let start = Instant::now();
        let mut file = File::create(&here)?;
        pipelined(&mut ready, request.as_bytes(), count, |line| Ok(file.write_all(&decoded(line)?)?))?;
        drop(file);
        Ok(megabytes_per_second(count * PIECE, start.elapsed()))
    }))
}

/// Sends the request `count` times, as many under way at a time as a copy has, and hands over each answer.
fn pipelined(
    ready: &mut Ready,
    request: &[u8],
    count: usize,
    mut take: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let (mut answers, mut line) = (ready.client().answers()?, Vec::new());
    for _ in 0..UNDER_WAY.min(count) {
        ready.client().send(request)?;
    }
    for piece in 0..count {
        line.clear();
        answers.read_until(b'\n', &mut line)?;
        take(&line)?;
        if piece + UNDER_WAY < count {
            ready.client().send(request)?;
        }
    }
    Ok(())
}

/// The bytes in the answer of guest-file-read.
fn decoded(line: &[u8]) -> Result<Vec<u8>> {
    const BEFORE: &[u8] = b"\"buf-b64\": \"";
    let start = memchr::memmem::find(line, BEFORE).context("no bytes came back")? + BEFORE.len();
    let rest = line.get(start..).unwrap_or_default();
    let end = memchr::memchr(b'"', rest).context("no end of the bytes")?;
    Ok(base64_simd::STANDARD.decode_to_vec(rest.get(..end).unwrap_or_default())?)
}
