//! Files of any size, in pieces.

use super::client::Client;
use crate::error::Error;
use crate::file::{FileError, GuestFile, all_written, both, piece, read_request};
use ::tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use ::tokio::runtime::Handle;
use qga_wire::family::file::{FileClose, FileOpen, FileWrite};
use std::collections::VecDeque;
use std::io;

const PIECE: usize = GuestFile::PIECE;
const UNDER_WAY: usize = GuestFile::UNDER_WAY;

/// A file that is open in the guest, and closed there when its time is over, be it that the future was dropped.
struct OpenFile<'a> {
    client: &'a Client,
    handle: i64,
    is_closed: bool,
}

impl Client {
    /// Copies the guest's file `path` to `to`, several pieces under way at a time, and says how many bytes it had.
    /// `progress` is told how many there are so far, after each piece.
    ///
    /// The file is closed in the guest whatever happens. A hostile guest's file has no end: have `to` refuse what is
    /// too much, or put a time-out around it.
    ///
    /// ```
    /// use qga_client::{FileError, tokio::Client};
    ///
    /// async fn release(client: &Client) -> Result<String, FileError> {
    ///     let mut bytes = Vec::new();
    ///     client.read_file("/etc/os-release", &mut bytes, |_| {}).await?;
    ///     Ok(String::from_utf8_lossy(&bytes).into_owned())
    /// }
    /// ```
    pub async fn read_file(
        &self,
        path: &str,
        to: &mut (impl AsyncWrite + Unpin),
        progress: impl FnMut(u64),
    ) -> Result<u64, FileError> {
        let file = OpenFile::open(self, path, "r").await?;
        let done = file.copy_to(to, progress).await;
        both(done, file.close().await)
    }

    /// Writes all of `from` to the guest's file `path`, which is created or made empty first, and says how many bytes
    /// that were. `progress` is told how many there are so far, after each piece.
    ///
    /// The file is closed in the guest whatever happens.
    pub async fn write_file(
        &self,
        path: &str,
        from: &mut (impl AsyncRead + Unpin),
        progress: impl FnMut(u64),
    ) -> Result<u64, FileError> {
        let file = OpenFile::open(self, path, "w").await?;
        let done = file.copy_from(from, progress).await;
        both(done, file.close().await)
    }
}

impl OpenFile<'_> {
    async fn open<'a>(client: &'a Client, path: &str, mode: &str) -> Result<OpenFile<'a>, Error> {
        let request = FileOpen { path: path.to_owned(), mode: Some(mode.to_owned()) };
        Ok(OpenFile { handle: client.call(&request).await?, client, is_closed: false })
    }

    async fn close(mut self) -> Result<(), Error> {
        let closing = self.client.ask(&FileClose { handle: self.handle })?;
        self.is_closed = true;
        closing.answer().await.map(drop)
    }

    async fn copy_to(
        &self,
        to: &mut (impl AsyncWrite + Unpin),
        mut progress: impl FnMut(u64),
    ) -> Result<u64, FileError> {
        let mut under_way = VecDeque::new();
        let (mut total, mut at_end) = (0, false);
        loop {
            while !at_end && under_way.len() < UNDER_WAY {
                under_way.push_back(self.client.ask(&read_request(self.handle, PIECE))?);
            }
            let Some(pending) = under_way.pop_front() else { break };
            let piece = piece(pending.answer().await?, PIECE)?;
            to.write_all(&piece.bytes).await?;
            if !piece.bytes.is_empty() {
                total += piece.bytes.len() as u64;
                progress(total);
            }
            at_end |= piece.is_last;
        }
        to.flush().await?;
        Ok(total)
    }

    async fn copy_from(
        &self,
        from: &mut (impl AsyncRead + Unpin),
        mut progress: impl FnMut(u64),
    ) -> Result<u64, FileError> {
        let handle = self.handle;
        let mut under_way = VecDeque::new();
        let (mut total, mut at_end) = (0, false);
        loop {
            while !at_end && under_way.len() < UNDER_WAY {
                let bytes = read_piece(from).await?;
                at_end = bytes.is_empty();
                if !at_end {
                    let size = bytes.len();
                    let request = FileWrite { handle, buf_b64: bytes.into(), count: None };
                    under_way.push_back((self.client.ask(&request)?, size));
                }
            }
            let Some((pending, size)) = under_way.pop_front() else { return Ok(total) };
            all_written(&pending.answer().await?, size)?;
            total += size as u64;
            progress(total);
        }
    }
}

impl Drop for OpenFile<'_> {
    fn drop(&mut self) {
        if self.is_closed {
            return;
        }
        let closing = self.client.ask(&FileClose { handle: self.handle });
        // Without a runtime nothing goes on any more, and who dropped the copy hears of no failure.
        if let (Ok(closing), Ok(runtime)) = (closing, Handle::try_current()) {
            drop(runtime.spawn(closing.answer()));
        }
    }
}

async fn read_piece(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut piece = Vec::with_capacity(PIECE);
    from.take(PIECE as u64).read_to_end(&mut piece).await?;
    Ok(piece)
}
