//! Work on a thread of its own beside the copying: what arrives is written there, and both ways it is summed up.

use sha2::{Digest, Sha256};
use std::io::{self, ErrorKind, Read, Write};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{self, JoinHandle};

/// How many pieces may wait to be worked on.
const WAITING: usize = 4;

/// Where bytes go to be written and summed up, in their order. Who writes waits only while many have not been worked
/// on; an error shows at a later write, or in the end.
pub(super) struct Aside<W> {
    pieces: Option<SyncSender<Vec<u8>>>,
    worker: Option<JoinHandle<io::Result<(W, String)>>>,
}

impl<W: Write + Send + 'static> Aside<W> {
    /// Writes to `to`; sums up if that is wanted.
    pub(super) fn new(to: W, sums: bool) -> Aside<W> {
        let (pieces, taken) = mpsc::sync_channel(WAITING);
        let worker = thread::spawn(move || work(to, sums, &taken));
        Aside { pieces: Some(pieces), worker: Some(worker) }
    }

    /// Waits until all is done: where it was written to, and the SHA-256 of it.
    pub(super) fn finish(mut self) -> io::Result<(W, String)> {
        self.pieces = None;
        self.outcome()
    }

    fn outcome(&mut self) -> io::Result<(W, String)> {
        let worker = self.worker.take().ok_or(ErrorKind::BrokenPipe)?;
        worker.join().unwrap_or_else(|_| Err(io::Error::other("the thread that writes has failed")))
    }
}

fn work<W: Write>(mut to: W, sums: bool, pieces: &Receiver<Vec<u8>>) -> io::Result<(W, String)> {
    let mut sum = Sha256::new();
    for piece in pieces {
        to.write_all(&piece)?;
        if sums {
            sum.update(&piece);
        }
    }
    Ok((to, format!("{:x}", sum.finalize())))
}

impl<W: Write + Send + 'static> Write for Aside<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let sent = self.pieces.as_ref().is_some_and(|pieces| pieces.send(bytes.to_vec()).is_ok());
        if sent {
            return Ok(bytes.len());
        }
        // The worker has ended before its time, so it has an error to tell.
        self.outcome().and(Err(ErrorKind::BrokenPipe.into()))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<W> Drop for Aside<W> {
    /// When the copying has failed, what has arrived is still written before anybody looks.
    fn drop(&mut self) {
        self.pieces = None;
        if let Some(worker) = self.worker.take() {
            // That failed already, and is told.
            drop(worker.join());
        }
    }
}

/// What is read, and passes by somewhere else as well.
pub(super) struct Passing<'a, R, W> {
    pub(super) from: R,
    pub(super) by: Option<&'a mut W>,
}

impl<R: Read, W: Write> Read for Passing<'_, R, W> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(room)?;
        if let Some(by) = &mut self.by {
            by.write_all(room.get(..count).unwrap_or_default())?;
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_arrive_in_their_order_and_are_summed_up() {
        let mut aside = Aside::new(Vec::new(), true);
        for byte in b"abc" {
            aside.write_all(&[*byte]).unwrap();
        }
        let (written, sum) = aside.finish().unwrap();
        assert_eq!(written, b"abc");
        assert_eq!(sum, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn an_error_is_told_at_a_later_write_or_in_the_end() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut aside = Aside::new(Full, false);
        let failed = (0..100).find_map(|_| aside.write_all(b"x").err());
        assert_eq!(failed.unwrap().kind(), ErrorKind::StorageFull);
        let mut aside = Aside::new(Full, false);
        drop(aside.write_all(b"x"));
        assert_eq!(aside.finish().err().unwrap().kind(), ErrorKind::StorageFull);
    }
}
