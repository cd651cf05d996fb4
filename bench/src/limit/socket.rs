//! A peer that reads so many bytes and writes so many.

use crate::{
    client::{Client, median, microseconds},
    line::Round,
};
use anyhow::Result;
use std::{
    io::{self, Read, Write},
    os::unix::net::UnixStream,
    thread,
    time::Instant,
};

/// Round trips of a request and an answer of these lengths, in microseconds.
pub(crate) fn echo(request: usize, answer: usize, calls: usize) -> Result<Round> {
    let mut client = serve(request, line(answer))?;
    let request = vec![b' '; request];
    Ok(Box::new(move || {
        let mut times = Vec::new();
        for _ in 0..calls {
            let start = Instant::now();
            client.send(&request)?;
            client.line()?;
            times.push(microseconds(start.elapsed()));
        }
        Ok(median(times))
    }))
}

/// One big request and one big answer, in microseconds for each of so many `parts`.
#[expect(clippy::cast_precision_loss, reason = "parts are few")]
pub(crate) fn echo_at_once(request: usize, answer: usize, parts: usize) -> Result<Round> {
    let mut round = echo(request, answer, 1)?;
    Ok(Box::new(move || Ok(round()? / parts as f64)))
}

fn line(length: usize) -> Vec<u8> {
    let mut line = vec![b' '; length];
    line.last_mut().into_iter().for_each(|end| *end = b'\n');
    line
}

fn serve(request: usize, answer: Vec<u8>) -> Result<Client> {
    let (stream, mut peer) = UnixStream::pair()?;
    // It ends when the other end is dropped.
    thread::spawn(move || -> io::Result<()> {
        let mut room = vec![0; request];
        loop {
            peer.read_exact(&mut room)?;
            peer.write_all(&answer)?;
        }
    });
    Client::over(stream)
}
