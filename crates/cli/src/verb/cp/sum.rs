//! Sums of what is copied, made on a thread of their own beside the copying.

use sha2::{Digest, Sha256};
use std::io::{self, ErrorKind, Read, Write};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{self, JoinHandle};

/// How many pieces may wait to be summed up.
const WAITING: usize = 4;

/// Where bytes go to be summed up, in their order. Who writes waits only while many are not.
pub(super) struct Sum {
    pieces: SyncSender<Vec<u8>>,
    worker: JoinHandle<String>,
}

impl Sum {
    pub(super) fn new() -> Sum {
        let (pieces, taken) = mpsc::sync_channel(WAITING);
        Sum { pieces, worker: thread::spawn(move || sum(&taken)) }
    }

    /// Waits until all is summed up: the SHA-256 of it.
    pub(super) fn finish(self) -> io::Result<String> {
        drop(self.pieces);
        self.worker.join().map_err(|_| io::Error::other("the thread that sums up has failed"))
    }

    fn add(&self, bytes: &[u8]) -> io::Result<()> {
        self.pieces.send(bytes.to_vec()).map_err(|_| ErrorKind::BrokenPipe.into())
    }
}

fn sum(pieces: &Receiver<Vec<u8>>) -> String {
    let mut sum = Sha256::new();
    for piece in pieces {
        sum.update(&piece);
    }
    format!("{:x}", sum.finalize())
}

/// What is read or written, and summed up as it passes if that is wanted.
pub(super) struct Passing<'a, T> {
    pub(super) through: T,
    pub(super) by: Option<&'a Sum>,
}

impl<T> Passing<'_, T> {
    fn add(&self, bytes: &[u8]) -> io::Result<()> {
        self.by.map_or(Ok(()), |sum| sum.add(bytes))
    }
}

impl<R: Read> Read for Passing<'_, R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = self.through.read(room)?;
        self.add(room.get(..count).unwrap_or_default())?;
        Ok(count)
    }
}

impl<W: Write> Write for Passing<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.through.write(bytes)?;
        self.add(bytes.get(..count).unwrap_or_default())?;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.through.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_either_way_is_summed_up_in_its_order() {
        let sum = Sum::new();
        let mut text = String::new();
        Passing { through: &b"ab"[..], by: Some(&sum) }.read_to_string(&mut text).unwrap();
        let mut written = Vec::new();
        Passing { through: &mut written, by: Some(&sum) }.write_all(b"c").unwrap();
        assert_eq!((text.as_str(), &written[..]), ("ab", &b"c"[..]));
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sum.finish().unwrap(), expected);
    }
}
