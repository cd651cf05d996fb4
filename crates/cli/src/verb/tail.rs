//! `qga tail [-f] FILE`.

use crate::args::Common;
use crate::interrupt::Interrupts;
use crate::output;
use crate::verb::content::Content;
use anyhow::Context;
use qga_client::{Error, FileError, GuestFile};
use std::io::{self, SeekFrom, Write};
use std::time::Duration;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Go on with what is added to the file, until Ctrl-C
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// How many lines to begin with
    #[arg(short = 'n', long, value_name = "COUNT", default_value = "10")]
    lines: u64,
    /// Absolute path inside the guest
    file: String,
}

/// How long to wait before looking again whether anything was added.
const PAUSE: Duration = Duration::from_millis(250);
/// How far back to look for lines at a time.
const BLOCK: u64 = 64 << 10;
/// A file that has not begun so many lines by then is shown from here.
const FARTHEST: usize = 16 << 20;

pub(crate) fn run(common: &Common, args: &Args) -> anyhow::Result<()> {
    // So that the file is closed in the guest.
    let interrupts = args.follow.then(|| Interrupts::catch(|| {})).transpose()?;
    let mut client = common.connect()?;
    if common.json() {
        let mut bytes = Vec::new();
        let shown = client.with_file(&args.file, "r", |file| show_end(file, args.lines, &mut bytes));
        shown.with_context(|| format!("cannot print {}", args.file))?;
        return output::json(&Content::new(&args.file, bytes));
    }
    let mut out = output::guest_bytes();
    let shown = client.with_file(&args.file, "r", |file| {
        let mut position = show_end(file, args.lines, &mut out)?;
        while let Some(false) = interrupts.as_ref().map(|interrupts| interrupts.within(PAUSE)) {
            position = follow(file, position, &mut out)?;
        }
        Ok(())
    });
    shown.with_context(|| format!("cannot print {}", args.file))
}

/// Shows the last `count` lines, and says where the file stands then.
fn show_end(file: &mut GuestFile<'_>, count: u64, out: &mut impl Write) -> Result<u64, FileError> {
    let position = match size(file)? {
        // A size of 0 is what /proc says of files that are not empty.
        None | Some(0) => show_end_of_unknown(file, count, out)?,
        Some(size) => {
            let start = start_of_lines(file, size, count)?;
            file.seek(SeekFrom::Start(start))?;
            start + file.copy_to(out, |_| {})?
        }
    };
    out.flush()?;
    Ok(position)
}

/// Nothing where there is no end to move to: pipes and terminals.
fn size(file: &mut GuestFile<'_>) -> Result<Option<u64>, Error> {
    match file.seek(SeekFrom::End(0)) {
        Err(Error::Agent { .. }) => Ok(None),
        size => size.map(Some),
    }
}

/// Where nobody knows the size, all has to be read to see the end.
fn show_end_of_unknown(file: &mut GuestFile<'_>, count: u64, out: &mut impl Write) -> Result<u64, FileError> {
    let mut end = End(Vec::new());
    let position = file.copy_to(&mut end, |_| {})?;
    let start = line_start(&end.0, true, &mut { count }).and_then(|start| usize::try_from(start).ok());
    out.write_all(end.0.get(start.unwrap_or(0)..).unwrap_or_default())?;
    Ok(position)
}

/// Keeps the end of what is written to it.
struct End(Vec<u8>);

impl Write for End {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        // Not at each write, so that what stays is not moved more often than it was written.
        if self.0.len() > 2 * FARTHEST {
            let past = self.0.len().saturating_sub(FARTHEST);
            self.0.drain(..past);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Shows what was added, the whole file if it became shorter, and says where the file stands then.
fn follow(file: &mut GuestFile<'_>, position: u64, out: &mut impl Write) -> Result<u64, FileError> {
    let size = file.seek(SeekFrom::End(0))?;
    if size == position {
        return Ok(position);
    }
    let start = if size < position { 0 } else { position };
    file.seek(SeekFrom::Start(start))?;
    let more = if size > 0 { file.copy_to(out, |_| {})? } else { 0 };
    out.flush()?;
    Ok(start + more)
}

/// Where the last `count` lines of the file begin.
fn start_of_lines(file: &mut GuestFile<'_>, size: u64, count: u64) -> Result<u64, FileError> {
    let mut start = size;
    let mut wanted = count;
    while start > size.saturating_sub(FARTHEST as u64) {
        let block = BLOCK.min(start);
        file.seek(SeekFrom::Start(start - block))?;
        let bytes = file.read(usize::try_from(block).unwrap_or(usize::MAX))?.bytes;
        match line_start(&bytes, start == size, &mut wanted) {
            Some(offset) => return Ok(start - block + offset),
            None => start -= block,
        }
    }
    Ok(start)
}

/// Where the line begins in these bytes that is `wanted` lines from their end, or how many are left to find before
/// them. The line feed at the very end of the file begins none.
fn line_start(bytes: &[u8], is_end: bool, wanted: &mut u64) -> Option<u64> {
    let rest = if is_end { bytes.strip_suffix(b"\n").unwrap_or(bytes) } else { bytes };
    if *wanted == 0 {
        return Some(bytes.len() as u64);
    }
    for (place, _) in rest.iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n') {
        *wanted -= 1;
        if *wanted == 0 {
            return Some(place as u64 + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_from_the_end() {
        let cases = [
            (&b"a\nb\nc\n"[..], true, 2, Some(2), 0),
            (b"a\nb\nc", true, 1, Some(4), 0),
            (b"a\nb\n", true, 0, Some(4), 0),
            (b"a\nb\n", true, 5, None, 4),
            (b"a\nb\n", false, 1, Some(4), 0),
            (b"", true, 1, None, 1),
        ];
        for (bytes, is_end, mut wanted, start, left) in cases {
            let shown = bytes.escape_ascii().to_string();
            assert_eq!((line_start(bytes, is_end, &mut wanted), wanted), (start, left), "{shown}");
        }
    }
}
