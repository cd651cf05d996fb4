//! Our ends of a program's pipes. None of them ever makes us wait.

use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;

/// How much of a stream is kept at most; the rest is read and thrown away.
pub const CAPTURE_LIMIT: usize = 16 << 20;

/// How much is read at a time.
const PIECE: usize = 64 << 10;

/// What was kept of a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Captured {
    /// The first bytes.
    pub data: Vec<u8>,
    /// Whether there were more than may be kept.
    pub truncated: bool,
}

/// A stream that is being captured.
pub(super) struct Output {
    pipe: Option<File>,
    /// How many bytes are kept.
    most: usize,
    pub(super) captured: Captured,
}

impl Output {
    pub(super) fn new(pipe: Option<File>, most: usize) -> io::Result<Output> {
        pipe.as_ref().map_or(Ok(()), set_nonblocking)?;
        Ok(Output { pipe, most: most.min(CAPTURE_LIMIT), captured: Captured::default() })
    }

    pub(super) fn register(&self, registry: &Registry, token: Token) -> io::Result<()> {
        register(self.pipe.as_ref(), registry, token, Interest::READABLE)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.pipe.is_none()
    }

    /// Reads what there is.
    pub(super) fn take(&mut self) {
        if self.pipe.is_none() {
            return;
        }
        let mut piece = vec![0; PIECE];
        while let Some(pipe) = &mut self.pipe {
            match pipe.read(&mut piece) {
                Ok(count) if count > 0 => self.keep(piece.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(_) | Err(_) => self.pipe = None,
            }
        }
    }

    fn keep(&mut self, piece: &[u8]) {
        let room = self.most - self.captured.data.len();
        let (kept, rest) = piece.split_at_checked(room).unwrap_or((piece, &[]));
        self.captured.data.extend_from_slice(kept);
        self.captured.truncated |= !rest.is_empty();
    }
}

/// What a program is still to read.
pub(super) struct Feed {
    pipe: Option<File>,
    data: Vec<u8>,
    written: usize,
}

impl Feed {
    pub(super) fn new(pipe: Option<File>, data: Vec<u8>) -> io::Result<Feed> {
        pipe.as_ref().map_or(Ok(()), set_nonblocking)?;
        Ok(Feed { pipe, data, written: 0 })
    }

    pub(super) fn register(&self, registry: &Registry, token: Token) -> io::Result<()> {
        register(self.pipe.as_ref(), registry, token, Interest::WRITABLE)
    }

    /// Writes what fits; closes the pipe after the last byte, or when nobody reads.
    pub(super) fn give(&mut self) {
        while let Some(pipe) = &mut self.pipe {
            let rest = self.data.get(self.written..).unwrap_or_default();
            match pipe.write(rest) {
                Ok(count) if count > 0 => self.written += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(_) | Err(_) => self.close(),
            }
        }
    }

    fn close(&mut self) {
        self.pipe = None;
        self.data = Vec::new();
    }
}

fn set_nonblocking(pipe: &File) -> io::Result<()> {
    fcntl(pipe, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    Ok(())
}

fn register(pipe: Option<&File>, registry: &Registry, token: Token, interest: Interest) -> io::Result<()> {
    let Some(pipe) = pipe else { return Ok(()) };
    registry.register(&mut SourceFd(&pipe.as_raw_fd()), token, interest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_limit_is_not_truncated() {
        let mut output = Output::new(None, usize::MAX).unwrap();
        output.keep(&vec![b'x'; CAPTURE_LIMIT - 1]);
        output.keep(b"y");
        assert_eq!((output.captured.data.len(), output.captured.truncated), (CAPTURE_LIMIT, false));
        output.keep(b"z");
        assert_eq!((output.captured.data.len(), output.captured.truncated), (CAPTURE_LIMIT, true));
    }
}
