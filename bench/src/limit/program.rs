//! Programs started by `posix_spawn(3)`, which is what the standard library uses.

use crate::{
    client::{median, milliseconds},
    limit::content,
    line::Round,
};
use anyhow::{Context, ensure};
use base64_simd::STANDARD;
use std::{
    io::Write,
    process::{Command, Stdio},
    time::Instant,
};

/// Starts /bin/true and waits for its end, in milliseconds.
pub(crate) fn spawn(runs: usize) -> Round {
    Box::new(move || {
        let mut times = Vec::new();
        for _ in 0..runs {
            let start = Instant::now();
            ensure!(Command::new("/bin/true").status()?.success(), "/bin/true is false");
            times.push(milliseconds(start.elapsed()));
        }
        Ok(median(times))
    })
}

/// Captures so many bytes and encodes them.
pub(crate) fn capture(size: usize) -> Round {
    Box::new(move || {
        let start = Instant::now();
        let output = Command::new("/usr/bin/head").args(["-c", &size.to_string(), "/dev/zero"]).output()?;
        let text = STANDARD.encode_to_string(output.stdout);
        ensure!(text.len() > size, "too little was captured");
        Ok(milliseconds(start.elapsed()))
    })
}

/// Decodes so many bytes and feeds them to a program.
pub(crate) fn feed(size: usize) -> Round {
    let text = STANDARD.encode_to_string(content(size));
    Box::new(move || {
        let start = Instant::now();
        let input = STANDARD.decode_to_vec(&text)?;
        let mut counting = Command::new("/usr/bin/wc");
        let mut child = counting.arg("-c").stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
        let mut pipe = child.stdin.take().context("no input")?;
        pipe.write_all(&input)?;
        drop(pipe);
        ensure!(child.wait()?.success(), "wc failed");
        Ok(milliseconds(start.elapsed()))
    })
}
