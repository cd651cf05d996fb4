//! Files of any size, in pieces.

use crate::client::Client;
use crate::error::{Error, Violation};
use qga_wire::family::file::{FileClose, FileOpen, FileRead, FileWrite};
use qga_wire::{Base64, Command};
use std::io::{self, Read, Write};

/// Bytes of a file in one request or answer, half a mebibyte in base64: longer ones were no faster, and hold the
/// channel up. A multiple of three needs no padding.
const PIECE: usize = 3 << 17;

/// Why a file was not copied, or not all of it.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The agent's side of it.
    #[error(transparent)]
    Agent(#[from] Error),
    /// This side of it.
    #[error(transparent)]
    Local(#[from] io::Error),
    /// The copying failed, and then the file could not be closed either.
    #[error("{copying}; and then: {closing}")]
    Both {
        /// What failed first.
        copying: Box<FileError>,
        /// What failed when the file was closed.
        closing: Error,
    },
}

/// A file that is open in the guest. Only lent, so that it is closed whatever happens.
pub struct GuestFile<'a> {
    client: &'a mut Client,
    handle: i64,
}

impl Client {
    /// Copies the guest's file `path` to `to`, and says how many bytes it had. `progress` is told how many there
    /// are so far, after each piece.
    ///
    /// The file is closed in the guest whatever happens; when the agent is silent that takes a time-out of its
    /// own.
    pub fn read_file(
        &mut self,
        path: &str,
        to: &mut impl Write,
        mut progress: impl FnMut(u64),
    ) -> Result<u64, FileError> {
        self.with_file(path, "r", |file| {
            let mut total = 0;
            loop {
                let piece = file.read(PIECE)?;
                to.write_all(&piece.bytes)?;
                total += piece.bytes.len() as u64;
                progress(total);
                if piece.is_last {
                    return Ok(total);
                }
            }
        })
    }

    /// Writes all of `from` to the guest's file `path`, which is created or made empty first, and says how many
    /// bytes that were. `progress` is told how many there are so far, after each piece.
    ///
    /// The file is closed in the guest whatever happens; when the agent is silent that takes a time-out of its
    /// own.
    pub fn write_file(
        &mut self,
        path: &str,
        from: &mut impl Read,
        mut progress: impl FnMut(u64),
    ) -> Result<u64, FileError> {
        self.with_file(path, "w", |file| {
            let mut total = 0;
            loop {
                let mut piece = Vec::with_capacity(PIECE);
                from.by_ref().take(PIECE as u64).read_to_end(&mut piece)?;
                if piece.is_empty() {
                    return Ok(total);
                }
                total += piece.len() as u64;
                file.write(&piece)?;
                progress(total);
            }
        })
    }

    /// Opens the guest's file `path`, lends it to `work`, and closes it whatever happens. `mode` is spelled as for
    /// fopen(3).
    ///
    /// What the agent has not yet written to the disk it may fail to write when the file is closed, so that is an
    /// error of the whole.
    pub fn with_file<T>(
        &mut self,
        path: &str,
        mode: &str,
        work: impl FnOnce(&mut GuestFile<'_>) -> Result<T, FileError>,
    ) -> Result<T, FileError> {
        let handle = self.call(&FileOpen { path: path.to_owned(), mode: Some(mode.to_owned()) })?;
        let done = work(&mut GuestFile { client: self, handle });
        let closed = self.call(&FileClose { handle });
        match (done, closed) {
            (Ok(value), Ok(_)) => Ok(value),
            (Ok(_), Err(closing)) => Err(closing.into()),
            (Err(copying), Ok(_)) => Err(copying),
            (Err(copying), Err(closing)) => Err(FileError::Both { copying: Box::new(copying), closing }),
        }
    }
}

/// What one read gave.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Whether the file's end was met.
    pub is_last: bool,
}

impl GuestFile<'_> {
    /// Reads up to `count` bytes; fewer only at the end.
    pub fn read(&mut self, count: usize) -> Result<Piece, Error> {
        let impossible = |text| Violation::Impossible(text).in_answer_to(FileRead::NAME);
        let wanted = i64::try_from(count).unwrap_or(i64::MAX);
        let answer = self.client.call(&FileRead { handle: self.handle, count: Some(wanted) })?;
        let bytes = answer.buf_b64.into_bytes().map_err(|_| impossible("the bytes are no base64"))?;
        if bytes.len() > count {
            return Err(impossible("more bytes than were asked for"));
        }
        if bytes.is_empty() && !answer.eof && count > 0 {
            return Err(impossible("no bytes, and yet not the end of the file"));
        }
        Ok(Piece { bytes, is_last: answer.eof })
    }

    /// Writes all of `bytes`.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let buf_b64 = Base64::from(rest.to_vec());
            let answer = self.client.call(&FileWrite { handle: self.handle, buf_b64, count: None })?;
            let written = usize::try_from(answer.count).ok().filter(|count| *count > 0);
            rest = written.and_then(|count| rest.get(count..)).ok_or_else(|| {
                let text = "a number of bytes that cannot have been written";
                Violation::Impossible(text).in_answer_to(FileWrite::NAME)
            })?;
        }
        Ok(())
    }
}
