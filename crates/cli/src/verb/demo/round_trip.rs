//! A file to the guest and back.

use crate::layout::Rows;
use anyhow::{Context, bail};
use indicatif::{BinaryBytes, ProgressBar, ProgressFinish, ProgressStyle};
use qga_client::{Client, FileError};
use std::path::Path;
use std::time::Instant;

/// Bytes of the file: enough that a speed can be told from it.
const SIZE: usize = 32 << 20;

/// Writes the guest's file `path`, reads it back and compares; answers what there is to say about it.
pub(super) fn run(client: &mut Client, path: &Path) -> anyhow::Result<Rows> {
    let path = path.to_str().context("the directory for temporary files has a name that is no text")?;
    let sent = pattern();
    let mut received = Vec::with_capacity(SIZE);
    let written = timed("Writing", |bar| {
        client.write_file(path, &mut sent.as_slice(), |count| bar.set_position(count))
    })?;
    let read =
        timed("Reading", |bar| client.read_file(path, &mut received, |count| bar.set_position(count)))?;
    if received != sent {
        bail!("what came back of {path} is not what was sent");
    }
    let mut rows = Rows::default();
    rows.add("Written", [written]);
    rows.add("Read back", [read]);
    rows.add("Compared", ["the same, byte for byte".to_owned()]);
    Ok(rows)
}

/// Does `work` under a progress bar, where there is a terminal for one, and tells how fast it was.
fn timed(
    title: &'static str,
    work: impl FnOnce(&ProgressBar) -> Result<u64, FileError>,
) -> anyhow::Result<String> {
    let style = ProgressStyle::with_template("  {msg:<11} {bar:40.cyan} {binary_bytes:>11}")?;
    let bar = ProgressBar::new(SIZE as u64)
        .with_style(style)
        .with_message(title)
        .with_finish(ProgressFinish::AndClear);
    let start = Instant::now();
    let bytes = work(&bar)?;
    let took = start.elapsed().as_secs_f64();
    Ok(format!("{} in {took:.2} s, {}/s", BinaryBytes(bytes), BinaryBytes(per_second(bytes, took))))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a speed for people, positive and far below what either type holds"
)]
fn per_second(bytes: u64, seconds: f64) -> u64 {
    (bytes as f64 / seconds) as u64
}

/// Bytes without a period that a piece could be mistaken by (a xorshift generator).
fn pattern() -> Vec<u8> {
    let mut state: u64 = 0x9E37_79B9_7F4A_7C15;
    let words = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.take(SIZE / 8).flatten().collect()
}
