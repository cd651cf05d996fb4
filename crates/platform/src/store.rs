//! The agent's own files: its configuration, what it keeps between runs, its log.
//!
//! Unlike the files of the system they are where the command line says, so no root is put before them.

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The bytes of a file; devices, pipes and directories are refused.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("Not a regular file"));
    }
    fs::read(path)
}

/// The paths of what is in a directory, in no order.
pub fn entries(directory: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(directory)?.map(|entry| entry.map(|entry| entry.path())).collect()
}

/// Whether there is something at `path`.
pub fn exists(path: &Path) -> io::Result<bool> {
    fs::exists(path)
}

/// A file that all writes are added to; made if it is missing.
pub fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

/// The same for a file that only its owner may read when it is made.
pub fn append_privately(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).read(true).create(true).mode(0o600).open(path)
}

/// Adds all of `bytes` to a file, or nothing.
pub fn append_whole(mut file: &File, bytes: &[u8]) -> io::Result<()> {
    let length = file.metadata()?.len();
    file.write_all(bytes).inspect_err(|_| {
        // The error told is the one that matters; a part that stays is found by who reads the file.
        let _ = file.set_len(length);
    })
}

/// The last line of a file, without its line feed; at most the last `most` bytes are looked at. `None` if the file is
/// empty.
pub fn last_line(mut file: &File, most: u64) -> io::Result<Option<Vec<u8>>> {
    let length = file.metadata()?.len();
    let start = length.saturating_sub(most);
    file.seek(SeekFrom::Start(start))?;
    let mut end = Vec::new();
    file.take(length - start).read_to_end(&mut end)?;
    let last = end.strip_suffix(b"\n").unwrap_or(&end);
    let begin = last.iter().rposition(|byte| *byte == b'\n').map_or(0, |feed| feed + 1);
    Ok((length > 0).then(|| last.get(begin..).unwrap_or_default().to_vec()))
}

/// Hands the lines of a file, without their line feeds, to `each`, until that breaks off.
pub fn each_line<B>(path: &Path, mut each: impl FnMut(&[u8]) -> ControlFlow<B>) -> io::Result<Option<B>> {
    let mut reader = BufReader::new(File::open(path)?);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        if let ControlFlow::Break(found) = each(line.strip_suffix(b"\n").unwrap_or(&line)) {
            return Ok(Some(found));
        }
        line.clear();
    }
    Ok(None)
}

/// Puts `content` into a file: who reads it finds the old or the new content and never a part, even after a
/// crash of the machine.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    put(path, content, File::sync_all)
}

/// The same without waiting for the disk: after a crash of the machine the file may be as it was, or empty.
pub fn replace_soon(path: &Path, content: &[u8]) -> io::Result<()> {
    put(path, content, |_| Ok(()))
}

fn put(path: &Path, content: &[u8], finish: fn(&File) -> io::Result<()>) -> io::Result<()> {
    let temporary = beside(path, ".new");
    remove(&temporary)?;
    let written = write_new(&temporary, content)
        .and_then(|file| finish(&file))
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The error told is the one that matters; a leftover is removed at the next try.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Makes an empty file that only its owner may read, unless there is one.
pub fn mark(path: &Path) -> io::Result<()> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path).map(drop)
}

/// Removes a file; that there is none is fine.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A file that others see to be in this process's care for as long as this lives.
#[derive(Debug)]
pub struct Care {
    /// Keeps the lock.
    _lock: Flock<File>,
}

/// Takes a file into this process's care; an error if another has it. Only the file's name is needed: nothing
/// is written.
pub fn take_care_of(path: &Path) -> io::Result<Care> {
    let lock = Flock::lock(File::open(path)?, FlockArg::LockExclusiveNonblock);
    Ok(Care { _lock: lock.map_err(|(_, error)| error)? })
}

/// Whether the file is in another process's care.
pub fn is_cared_for(path: &Path) -> io::Result<bool> {
    match Flock::lock(File::open(path)?, FlockArg::LockSharedNonblock) {
        Ok(_) => Ok(false),
        Err((_, Errno::EWOULDBLOCK)) => Ok(true),
        Err((_, error)) => Err(error.into()),
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

fn write_new(path: &Path, content: &[u8]) -> io::Result<File> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(content)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_file_is_replaced_as_a_whole_and_leaves_nothing_beside() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state");
        let victim = directory.path().join("victim");
        symlink(&victim, directory.path().join("state.new")).unwrap();
        for (content, replace) in [("one", replace as fn(&Path, &[u8]) -> _), ("two", replace_soon)] {
            replace(&path, content.as_bytes()).unwrap();
            assert_eq!(read(&path).unwrap(), content.as_bytes());
        }
        assert!(!exists(&victim).unwrap());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_cannot_be_replaced_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state");
        fs::create_dir(&path).unwrap();
        assert_eq!(replace(&path, b"x").unwrap_err().kind(), io::ErrorKind::IsADirectory);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        assert!(replace(&directory.path().join("absent/state"), b"x").is_err());
    }

    #[test]
    fn only_regular_files_are_read() {
        assert_eq!(read(Path::new("/dev/null")).unwrap_err().to_string(), "Not a regular file");
        assert_eq!(read(Path::new("/")).unwrap_err().to_string(), "Not a regular file");
        assert_eq!(read(Path::new("/absent")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn the_last_line_is_found_however_the_file_ends() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        let file = append_privately(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(last_line(&file, 100).unwrap(), None);
        for (added, last) in [("one\n", "one"), ("two\nthree\n", "three"), ("torn", "torn"), ("\n\n", "")] {
            append_whole(&file, added.as_bytes()).unwrap();
            assert_eq!(last_line(&file, 100).unwrap().as_deref(), Some(last.as_bytes()), "{added:?}");
        }
        append_whole(&file, b"0123456789\n").unwrap();
        assert_eq!(last_line(&file, 5).unwrap().as_deref(), Some(&b"6789"[..]));
    }

    #[test]
    fn lines_are_handed_out_until_one_is_the_last() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        append_whole(&append(&path).unwrap(), b"one\n\nthree").unwrap();
        let mut lines = Vec::new();
        let all = each_line(&path, |line| {
            lines.push(line.to_vec());
            ControlFlow::<()>::Continue(())
        });
        assert_eq!((all.unwrap(), lines), (None, vec![b"one".to_vec(), vec![], b"three".to_vec()]));
        assert_eq!(each_line(&path, |line| ControlFlow::Break(line.len())).unwrap(), Some(3));
    }

    #[test]
    fn a_mark_is_private_and_may_be_set_and_removed_twice() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("mark");
        mark(&path).unwrap();
        mark(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        remove(&path).unwrap();
        remove(&path).unwrap();
        assert!(!exists(&path).unwrap());
    }

    #[test]
    fn a_file_in_care_is_seen_to_be_until_that_ends() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("mark");
        mark(&path).unwrap();
        assert!(!is_cared_for(&path).unwrap());
        let care = take_care_of(&path).unwrap();
        assert!(is_cared_for(&path).unwrap());
        assert!(take_care_of(&path).is_err());
        drop(care);
        assert!(!is_cared_for(&path).unwrap());
    }
}
