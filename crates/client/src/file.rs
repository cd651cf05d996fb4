//! Files of any size, in pieces.

use crate::client::Client;
use crate::error::{Error, Violation};
use qga_wire::family::file::{
    FileClose, FileContent, FileOpen, FilePosition, FileRead, FileSeek, FileWhence, FileWrite, FileWritten,
    Whence,
};
use qga_wire::{Base64, Command};
use std::collections::VecDeque;
use std::io::{self, Read, SeekFrom, Write};
use std::iter::successors;
use std::num::TryFromIntError;

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
    #[error("{}; and then: {}", with_causes(copying), with_causes(closing))]
    Both {
        /// What failed first.
        copying: Box<FileError>,
        /// What failed when the file was closed.
        closing: Error,
    },
}

/// A file that is open in the guest. Only lent, so that it is closed whatever happens.
///
/// A copy, of a file of any size, holds no more than [`UNDER_WAY`](GuestFile::UNDER_WAY) pieces of
/// [`PIECE`](GuestFile::PIECE) bytes in memory.
#[derive(Debug)]
pub struct GuestFile<'a> {
    client: &'a mut Client,
    handle: i64,
}

impl Client {
    /// Copies the guest's file `path` to `to`, and says how many bytes it had. `progress` is told how many there
    /// are so far, after each piece. As to how long that may go on, see [`GuestFile::copy_to`].
    ///
    /// The file is closed in the guest whatever happens; when the agent is silent that takes a time-out of its
    /// own.
    pub fn read_file(
        &mut self,
        path: &str,
        to: &mut impl Write,
        progress: impl FnMut(u64),
    ) -> Result<u64, FileError> {
        self.with_file(path, "r", |file| file.copy_to(to, progress))
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
        progress: impl FnMut(u64),
    ) -> Result<u64, FileError> {
        self.with_file(path, "w", |file| file.copy_from(from, progress))
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
        both(done, closed)
    }
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// What became of a file that was closed after the work on it.
pub(crate) fn both<T, C>(done: Result<T, FileError>, closed: Result<C, Error>) -> Result<T, FileError> {
    match (done, closed) {
        (Ok(value), Ok(_)) => Ok(value),
        (Ok(_), Err(closing)) => Err(closing.into()),
        // The second has no channel any more to tell of.
        (Err(copying), Ok(_)) | (Err(copying @ FileError::Agent(Error::Unreachable { .. })), Err(_)) => {
            Err(copying)
        }
        (Err(copying), Err(closing)) => Err(FileError::Both { copying: Box::new(copying), closing }),
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
    /// Bytes of a file in one request or answer of a copy, 128 KiB in base64: so much fits into a socket's buffer, so
    /// that one end goes on while the other works on what it has. A multiple of three needs no padding.
    pub const PIECE: usize = 3 << 15;
    /// How many pieces of a copy are under way at a time: enough that neither end waits for the other's next turn on a
    /// processor.
    pub const UNDER_WAY: usize = 8;

    /// Copies everything from where the file stands to its end, several pieces under way at a time, and says how
    /// many bytes that were. `progress` is told how many there are so far, after each piece.
    ///
    /// Whose end that is the guest decides: one that is hostile sends for ever. Have `to` refuse what is too much; a
    /// copy that fails, for whatever reason, leaves the file standing anywhere: [seek](GuestFile::seek) before the next.
    pub fn copy_to(&mut self, to: &mut impl Write, mut progress: impl FnMut(u64)) -> Result<u64, FileError> {
        let handle = self.handle;
        let mut pipeline = self.client.pipeline();
        let (mut total, mut at_end) = (0, false);
        loop {
            while !at_end && pipeline.owed() < Self::UNDER_WAY {
                pipeline.ask(&read_request(handle, Self::PIECE))?;
            }
            if pipeline.owed() == 0 {
                to.flush()?;
                return Ok(total);
            }
            let piece = piece(pipeline.answer::<FileRead>()?, Self::PIECE)?;
            to.write_all(&piece.bytes)?;
            if !piece.bytes.is_empty() {
                total += piece.bytes.len() as u64;
                progress(total);
            }
            at_end |= piece.is_last;
        }
    }

    /// Writes all of `from` to where the file stands, several pieces under way at a time, and says how many bytes
    /// that were. `progress` is told how many there are so far, after each piece.
    ///
    /// When a piece cannot be written, those behind it may be: the file is then no copy up to some place.
    pub fn copy_from(
        &mut self,
        from: &mut impl Read,
        mut progress: impl FnMut(u64),
    ) -> Result<u64, FileError> {
        let (handle, size) = (self.handle, self.client.piece(Self::PIECE));
        let mut pipeline = self.client.pipeline();
        let mut sizes = VecDeque::new();
        let (mut total, mut at_end) = (0, false);
        loop {
            while !at_end && sizes.len() < Self::UNDER_WAY {
                let bytes = read_piece(from, size)?;
                at_end = bytes.is_empty();
                if !at_end {
                    sizes.push_back(bytes.len());
                    pipeline.ask(&FileWrite { handle, buf_b64: bytes.into(), count: None })?;
                }
            }
            let Some(size) = sizes.pop_front() else { return Ok(total) };
            let answer = pipeline.answer::<FileWrite>()?;
            all_written(&answer, size)?;
            total += size as u64;
            progress(total);
        }
    }

    /// Reads up to `count` bytes; fewer only at the end.
    pub fn read(&mut self, count: usize) -> Result<Piece, Error> {
        piece(self.client.call(&read_request(self.handle, count))?, count)
    }

    /// Writes all of `bytes`.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let size = self.client.piece(Self::PIECE);
        let mut rest = bytes;
        while !rest.is_empty() {
            let buf_b64 = Base64::from(rest.get(..size).unwrap_or(rest).to_vec());
            let answer = self.client.call(&FileWrite { handle: self.handle, buf_b64, count: None })?;
            let written = usize::try_from(answer.count).ok().filter(|count| *count > 0);
            rest = written
                .and_then(|count| rest.get(count..))
                .ok_or_else(|| impossible::<FileWrite>("a number of bytes that cannot have been written"))?;
        }
        Ok(())
    }

    /// Moves the place where the file is read and written, and says where that is, in bytes from its beginning.
    pub fn seek(&mut self, to: SeekFrom) -> Result<u64, Error> {
        position(&self.client.call(&seek_request(self.handle, to)?)?)
    }
}

pub(crate) fn read_request(handle: i64, count: usize) -> FileRead {
    FileRead { handle, count: Some(i64::try_from(count).unwrap_or(i64::MAX)) }
}

pub(crate) fn seek_request(handle: i64, to: SeekFrom) -> Result<FileSeek, Error> {
    let (offset, whence) = match to {
        SeekFrom::Start(offset) => (i64::try_from(offset).map_err(too_far)?, Whence::Set),
        SeekFrom::Current(offset) => (offset, Whence::Cur),
        SeekFrom::End(offset) => (offset, Whence::End),
    };
    Ok(FileSeek { handle, offset, whence: FileWhence::Name(whence) })
}

/// Where an answer to a seek says that the file stands.
pub(crate) fn position(answer: &FilePosition) -> Result<u64, Error> {
    u64::try_from(answer.position).map_err(|_| impossible::<FileSeek>("no place in a file"))
}

fn too_far(_: TryFromIntError) -> Error {
    let reason = "no file is as long as that".to_owned();
    Error::Unsendable { command: FileSeek::NAME.to_owned(), reason }
}

/// What an answer to a read of up to `count` bytes holds, if it can be true.
pub(crate) fn piece(answer: FileContent, count: usize) -> Result<Piece, Error> {
    let bytes = answer.buf_b64.into_bytes().map_err(|_| impossible::<FileRead>("the bytes are no base64"))?;
    if bytes.len() > count {
        return Err(impossible::<FileRead>("more bytes than were asked for"));
    }
    if bytes.is_empty() && !answer.eof && count > 0 {
        return Err(impossible::<FileRead>("no bytes, and yet not the end of the file"));
    }
    Ok(Piece { bytes, is_last: answer.eof })
}

/// Fails unless all of a piece was written.
pub(crate) fn all_written(answer: &FileWritten, size: usize) -> Result<(), Error> {
    if usize::try_from(answer.count) == Ok(size) {
        return Ok(());
    }
    Err(impossible::<FileWrite>("not all was written, as if it were a pipe that is full"))
}

fn read_piece(from: &mut impl Read, size: usize) -> io::Result<Vec<u8>> {
    let mut piece = Vec::with_capacity(size);
    from.take(size as u64).read_to_end(&mut piece)?;
    Ok(piece)
}

fn impossible<C: Command>(text: &'static str) -> Error {
    Violation::Impossible(text).in_answer_to(C::NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_while_copying_and_one_while_closing_are_told_with_their_causes() {
        let unreachable =
            || Error::Unreachable { address: "unix:/x".into(), source: io::ErrorKind::NotFound.into() };
        let told =
            |copying: FileError| both::<(), ()>(Err(copying), Err(unreachable())).unwrap_err().to_string();
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let broken = impossible::<FileRead>("more bytes than were asked for");
        let closing = "; and then: cannot reach the agent at unix:/x: entity not found";
        assert_eq!(told(full.into()), format!("no storage space{closing}"));
        assert_eq!(
            told(broken.into()),
            format!(
                "the answer to guest-file-read breaks the protocol: more bytes than were asked for{closing}"
            )
        );
        assert_eq!(told(unreachable().into()), "cannot reach the agent at unix:/x");
    }
}
