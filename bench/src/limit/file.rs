//! Files read to and written from a socket, in base64.

use crate::{
    client::{Client, megabytes_per_second},
    group::pieces,
    limit::content,
    line::Round,
};
use anyhow::Result;
use base64_simd::{Out, STANDARD};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, Write},
    os::unix::net::UnixStream,
    thread,
    time::Instant,
};

/// For each byte that comes, a piece of a file goes out.
pub(crate) fn read(piece: usize) -> Result<Round> {
    let count = pieces(piece);
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("file");
    fs::write(&path, content(piece * count))?;
    let mut file = File::open(&path)?;
    let mut client = served(move |peer| {
        let mut bytes = vec![0; piece];
        let mut text = vec![b'\n'; STANDARD.encoded_length(piece) + 1];
        loop {
            for _ in 0..count {
                peer.read_exact(&mut [0])?;
                file.read_exact(&mut bytes)?;
                let _encoded = STANDARD.encode(&bytes, Out::from_slice(&mut text));
                peer.write_all(&text)?;
            }
            file.rewind()?;
        }
    })?;
    Ok(Box::new(move || {
        let _needed = &directory;
        let start = Instant::now();
        for _ in 0..count {
            client.send(b"\n")?;
            client.line()?;
        }
        Ok(megabytes_per_second(piece * count, start.elapsed()))
    }))
}

/// Pieces that come go to a file, and a byte goes out for each.
pub(crate) fn write(piece: usize) -> Result<Round> {
    let count = pieces(piece);
    let mut file = tempfile::tempfile()?;
    let request = STANDARD.encode_to_string(content(piece)).into_bytes();
    let length = request.len();
    let mut client = served(move |peer| {
        let mut text = vec![0; length];
        loop {
            for _ in 0..count {
                peer.read_exact(&mut text)?;
                let bytes = STANDARD.decode_inplace(&mut text).map_err(io::Error::other)?;
                file.write_all(bytes)?;
                peer.write_all(b"\n")?;
            }
            file.rewind()?;
        }
    })?;
    Ok(Box::new(move || {
        let start = Instant::now();
        for _ in 0..count {
            client.send(&request)?;
            client.line()?;
        }
        Ok(megabytes_per_second(piece * count, start.elapsed()))
    }))
}

/// Opens and closes a file for two bytes that come, each answered.
#[expect(clippy::cast_precision_loss, reason = "pairs are few")]
pub(crate) fn open_and_close(pairs: usize) -> Result<Round> {
    let file = tempfile::NamedTempFile::new()?;
    let path = file.path().to_owned();
    let mut client = served(move |peer| {
        loop {
            peer.read_exact(&mut [0])?;
            let open = OpenOptions::new().read(true).open(&path)?;
            peer.write_all(b"\n")?;
            peer.read_exact(&mut [0])?;
            drop(open);
            peer.write_all(b"\n")?;
        }
    })?;
    Ok(Box::new(move || {
        let _needed = &file;
        let start = Instant::now();
        for _ in 0..2 * pairs {
            client.send(b"\n")?;
            client.line()?;
        }
        Ok(pairs as f64 / start.elapsed().as_secs_f64())
    }))
}

/// A client of something that serves on another thread, which ends with the client.
fn served(serve: impl FnOnce(&mut UnixStream) -> io::Result<()> + Send + 'static) -> Result<Client> {
    let (stream, mut peer) = UnixStream::pair()?;
    thread::spawn(move || serve(&mut peer));
    Client::over(stream)
}
