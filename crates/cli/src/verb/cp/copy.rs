//! One file, one way or the other.

use super::place::{Direction, in_guest};
use super::sum::{Passing, Sum};
use crate::interrupt::{Interruptible, Interrupts};
use crate::progress;
use anyhow::{Context, bail};
use indicatif::ProgressBar;
use qga_client::{Client, Error, FileError};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A file here and the one it is copied to or from in the guest.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) here: PathBuf,
    pub(super) guest: String,
}

#[derive(Debug)]
pub(super) struct Copied {
    /// The bytes that were copied now.
    pub(super) bytes: u64,
    pub(super) was_resumed: bool,
    /// The SHA-256 of the whole file, if all of it was copied now and it was wanted.
    pub(super) sum: Option<String>,
}

/// How to copy.
#[derive(Debug, Clone, Copy)]
pub(super) struct How<'a> {
    /// Go on where an earlier copy ended.
    pub(super) resume: bool,
    /// Sum up what is copied, so that it can be compared.
    pub(super) check: bool,
    pub(super) interrupts: &'a Interrupts,
}

pub(super) fn run(
    client: &mut Client,
    job: &Job,
    direction: Direction,
    how: How<'_>,
) -> anyhow::Result<Copied> {
    let (here, guest) = (job.here.display(), in_guest(&job.guest));
    match direction {
        Direction::ToGuest => {
            upload(client, job, how).with_context(|| format!("cannot copy {here} to {guest}"))
        }
        Direction::FromGuest => {
            download(client, job, how).with_context(|| format!("cannot copy {guest} to {here}"))
        }
    }
}

fn upload(client: &mut Client, job: &Job, how: How<'_>) -> anyhow::Result<Copied> {
    let mut from = File::open(&job.here)?;
    let file = from.metadata()?;
    if file.is_dir() {
        bail!("it is a directory; -r copies those");
    }
    let there = if how.resume { size_in_guest(client, &job.guest)?.unwrap_or(0) } else { 0 };
    if there > file.len() {
        bail!("there are {there} bytes already, more than in the source; copy without --resume");
    }
    from.seek(SeekFrom::Start(there))?;
    let mode = if there > 0 { "a" } else { "w" };
    let bar = progress::bar(job.here.display(), file.is_file().then_some(file.len()))?;
    let sum = (how.check && there == 0).then(Sum::new);
    let from = Passing { through: from, by: sum.as_ref() };
    let mut from = Interruptible { through: from, by: how.interrupts };
    let mut sent = 0;
    let copied =
        client.with_file(&job.guest, mode, |to| to.copy_from(&mut from, shown_on(&bar, there, &mut sent)));
    let bytes = copied.map_err(|error| in_mid_copy(error, sent, "the guest has only a part of it"))?;
    let sum = sum.map(Sum::finish).transpose()?;
    bar.finish_and_clear();
    Ok(Copied { bytes, was_resumed: there > 0, sum })
}

fn download(client: &mut Client, job: &Job, how: How<'_>) -> anyhow::Result<Copied> {
    let here = if how.resume { fs::metadata(&job.here).map_or(0, |file| file.len()) } else { 0 };
    let sum = (how.check && here == 0).then(Sum::new);
    let mut taken = 0;
    let copied = client.with_file(&job.guest, "r", |from| {
        let size = allowed(from.seek(SeekFrom::End(0)))?;
        if size.is_some_and(|size| here > size) {
            let text =
                format!("there are {here} bytes already, more than in the source; copy without --resume");
            return Err(FileError::Local(io::Error::other(text)));
        }
        // What cannot seek stands at its beginning anyway.
        allowed(from.seek(SeekFrom::Start(here)))?;
        // A size of 0 is what /proc says of files that are not empty.
        let bar = progress::bar(&job.guest, size.filter(|size| *size > 0)).map_err(io::Error::other)?;
        let mut to = Lazy { path: &job.here, start: here, file: None };
        let passing = Passing { through: &mut to, by: sum.as_ref() };
        let mut passing = Interruptible { through: passing, by: how.interrupts };
        let bytes = from.copy_to(&mut passing, shown_on(&bar, here, &mut taken))?;
        to.file()?;
        bar.finish_and_clear();
        Ok(bytes)
    });
    let bytes = copied.map_err(|error| in_mid_copy(error, taken, &part_of(&job.here)))?;
    let sum = sum.map(Sum::finish).transpose()?;
    Ok(Copied { bytes, was_resumed: here > 0, sum })
}

/// A file that is made, or emptied, when the first bytes are there: what cannot be read costs nobody a file.
struct Lazy<'a> {
    path: &'a Path,
    start: u64,
    file: Option<File>,
}

impl Lazy<'_> {
    fn file(&mut self) -> io::Result<&mut File> {
        let file = match self.file.take() {
            Some(file) => file,
            None => open_at(self.path, self.start)?,
        };
        Ok(self.file.insert(file))
    }
}

fn open_at(path: &Path, start: u64) -> io::Result<File> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(start == 0).open(path)?;
    // What cannot seek can still be written to from its beginning.
    if start > 0 {
        file.seek(SeekFrom::Start(start))?;
    }
    Ok(file)
}

impl Write for Lazy<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() { Ok(0) } else { self.file()?.write(bytes) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), File::flush)
    }
}

/// Shows how far it is, and counts on.
fn shown_on<'a>(bar: &'a ProgressBar, start: u64, count: &'a mut u64) -> impl FnMut(u64) + use<'a> {
    move |bytes| {
        *count = bytes;
        bar.set_position(start + bytes);
    }
}

/// What is left of a copy that failed is told, if that is anything.
fn in_mid_copy(error: FileError, bytes: u64, part: &str) -> anyhow::Error {
    let error = anyhow::Error::new(error);
    if bytes > 0 { error.context(part.to_owned()) } else { error }
}

fn part_of(path: &Path) -> String {
    let size = fs::metadata(path).map_or(0, |file| file.len());
    format!("it has {size} bytes of it, and --resume goes on from there")
}

/// The size of a file in the guest, if it is there.
fn size_in_guest(client: &mut Client, path: &str) -> anyhow::Result<Option<u64>> {
    match client.with_file(path, "r", |file| Ok(file.seek(SeekFrom::End(0))?)) {
        Err(FileError::Agent(Error::Agent { .. })) => Ok(None),
        size => Ok(Some(size?)),
    }
}

/// What not every kind of file can do.
fn allowed(done: Result<u64, Error>) -> Result<Option<u64>, Error> {
    match done {
        Err(Error::Agent { .. }) => Ok(None),
        done => done.map(Some),
    }
}
