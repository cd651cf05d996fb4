//! Files of any size, in pieces.

use super::client::Client;
use crate::error::Error;
use crate::file::{self, FileError, Piece, all_written, both, piece, position, read_request, seek_request};
use ::tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use ::tokio::runtime::Handle;
use qga_wire::family::file::{FileClose, FileOpen, FileWrite};
use std::collections::VecDeque;
use std::io::{self, SeekFrom};

const PIECE: usize = file::GuestFile::PIECE;
const UNDER_WAY: usize = file::GuestFile::UNDER_WAY;

/// A file that is open in the guest, and closed there when it goes, be it with a future that was dropped.
///
/// Only [`close`](GuestFile::close) tells what the agent failed to write to the disk in the end.
#[derive(Debug)]
pub struct GuestFile {
    client: Client,
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
        let mut file = self.open_file(path, "r").await?;
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
        let mut file = self.open_file(path, "w").await?;
        let done = file.copy_from(from, progress).await;
        both(done, file.close().await)
    }

    /// Opens the guest's file `path`. `mode` is spelled as for fopen(3).
    ///
    /// ```
    /// use qga_client::{FileError, tokio::Client};
    /// use std::io::SeekFrom;
    ///
    /// /// What was written to a log since the last time, and where it ended.
    /// async fn since(client: &Client, place: u64) -> Result<(Vec<u8>, u64), FileError> {
    ///     let mut file = client.open_file("/var/log/backup.log", "r").await?;
    ///     file.seek(SeekFrom::Start(place)).await?;
    ///     let mut bytes = Vec::new();
    ///     let count = file.copy_to(&mut bytes, |_| {}).await?;
    ///     file.close().await?;
    ///     Ok((bytes, place + count))
    /// }
    /// ```
    pub async fn open_file(&self, path: &str, mode: &str) -> Result<GuestFile, Error> {
        let request = FileOpen { path: path.to_owned(), mode: Some(mode.to_owned()) };
        Ok(GuestFile { handle: self.call(&request).await?, client: self.clone(), is_closed: false })
    }
}

impl GuestFile {
    /// Copies everything from where the file stands to its end, as [the blocking one](crate::GuestFile::copy_to) does.
    pub async fn copy_to(
        &mut self,
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

    /// Writes all of `from` to where the file stands, as [the blocking one](crate::GuestFile::copy_from) does.
    pub async fn copy_from(
        &mut self,
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

    /// Reads up to `count` bytes; fewer only at the end.
    pub async fn read(&mut self, count: usize) -> Result<Piece, Error> {
        piece(self.client.call(&read_request(self.handle, count)).await?, count)
    }

    /// Moves the place where the file is read and written, and says where that is, in bytes from its beginning.
    pub async fn seek(&mut self, to: SeekFrom) -> Result<u64, Error> {
        position(&self.client.call(&seek_request(self.handle, to)?).await?)
    }

    /// Closes the file.
    pub async fn close(mut self) -> Result<(), Error> {
        let closing = self.client.ask(&FileClose { handle: self.handle })?;
        self.is_closed = true;
        closing.answer().await.map(drop)
    }
}

impl Drop for GuestFile {
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
