use nix::fcntl::{OFlag, openat};
use nix::sys::stat::Mode;
use nix::sys::statvfs::statvfs;
use nix::unistd::AccessFlags;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// What one read(2) of a file of /proc or sysfs gives at most, or nearly so.
const PAGE: usize = 4096;

/// Where the files of the system are: below `/`, or below a tree that a test lays.
#[derive(Debug, Clone)]
pub struct Root {
    top: PathBuf,
}

impl Root {
    /// The running system's own.
    pub fn system() -> Root {
        Root::at("/")
    }

    /// A tree that stands for a system.
    pub fn at(top: impl Into<PathBuf>) -> Root {
        Root { top: top.into() }
    }

    /// The real place of the absolute path `path` of the system.
    pub fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        let path = path.as_ref();
        self.top.join(path.strip_prefix("/").unwrap_or(path))
    }

    /// The bytes of a file; `None` if there is no such file.
    pub fn read(&self, path: impl AsRef<Path>) -> io::Result<Option<Vec<u8>>> {
        let Some(mut file) = self.open(path)? else { return Ok(None) };
        // Files of /proc do not tell their size, and make their text anew for each read.
        let mut bytes = Vec::with_capacity(PAGE);
        file.read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// The text of a file, bytes that are no UTF-8 replaced; `None` if there is no such file.
    pub fn read_text(&self, path: impl AsRef<Path>) -> io::Result<Option<String>> {
        // What is UTF-8 is not copied.
        let text = |bytes| {
            String::from_utf8(bytes)
                .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
        };
        Ok(self.read(path)?.map(text))
    }

    /// The text of an attribute of sysfs; `None` if there is no such file.
    pub(crate) fn attribute(&self, path: impl AsRef<Path>) -> io::Result<Option<String>> {
        self.open(path)?.map(read_attribute).transpose()
    }

    /// The names in a directory, in the order in which the system gives them; `None` if there is none.
    pub fn entries(&self, path: impl AsRef<Path>) -> io::Result<Option<Vec<OsString>>> {
        let Some(directory) = present(fs::read_dir(self.path(path)))? else { return Ok(None) };
        directory.map(|entry| entry.map(|entry| entry.file_name())).collect::<io::Result<_>>().map(Some)
    }

    /// Where a symbolic link points to, as it is written; `None` if there is no such link.
    pub fn link(&self, path: impl AsRef<Path>) -> io::Result<Option<PathBuf>> {
        present(fs::read_link(self.path(path)))
    }

    /// The path of the system that is left when all links of `path` are followed; `None` if it leads nowhere.
    pub fn resolve(&self, path: impl AsRef<Path>) -> io::Result<Option<PathBuf>> {
        let Some(real) = present(fs::canonicalize(self.path(path)))? else { return Ok(None) };
        let top = fs::canonicalize(&self.top)?;
        Ok(Some(Path::new("/").join(real.strip_prefix(&top).unwrap_or(&real))))
    }

    /// Whether there is something at `path`, links followed.
    pub fn exists(&self, path: impl AsRef<Path>) -> bool {
        self.path(path).exists()
    }

    /// Whether there is a program at `path` that the agent may run.
    pub fn is_executable(&self, path: impl AsRef<Path>) -> bool {
        nix::unistd::access(&self.path(path), AccessFlags::X_OK).is_ok()
    }

    /// Whether the agent may write to what is at `path`, or make files in it if it is a directory. False, too,
    /// if there is nothing.
    pub fn is_writable(&self, path: impl AsRef<Path>) -> bool {
        nix::unistd::access(&self.path(path), AccessFlags::W_OK).is_ok()
    }

    /// Kind, owner and permissions of what is at `path`, links followed; `None` if there is nothing.
    pub fn metadata(&self, path: impl AsRef<Path>) -> io::Result<Option<fs::Metadata>> {
        present(fs::metadata(self.path(path)))
    }

    /// How many bytes can be written to the filesystem that `path` is on.
    pub fn free_space(&self, path: impl AsRef<Path>) -> io::Result<u64> {
        let told = statvfs(&self.path(path))?;
        Ok(told.blocks_available().saturating_mul(told.fragment_size()))
    }

    /// A directory to open many files in; `None` if there is no such directory.
    pub fn directory(&self, path: impl AsRef<Path>) -> io::Result<Option<Directory>> {
        present(File::open(self.path(path)).map(|directory| Directory(directory.into())))
    }

    /// A file to read from; `None` if there is no such file.
    pub fn open(&self, path: impl AsRef<Path>) -> io::Result<Option<File>> {
        present(File::open(self.path(path)))
    }

    /// A file to read from and write to; `None` if there is no such file.
    pub fn edit(&self, path: impl AsRef<Path>) -> io::Result<Option<File>> {
        present(fs::OpenOptions::new().read(true).write(true).open(self.path(path)))
    }

    /// Writes `bytes` in one piece to a file that must exist, as the kernel's attribute files want it.
    pub fn write(&self, path: impl AsRef<Path>, bytes: &[u8]) -> io::Result<()> {
        fs::OpenOptions::new().write(true).open(self.path(path))?.write_all(bytes)
    }
}

/// A directory that is held open, so that the way to the many files in it is walked but once.
#[derive(Debug)]
pub struct Directory(OwnedFd);

impl Directory {
    /// A file in it to read from; `None` if there is no such file.
    pub fn open(&self, name: impl AsRef<Path>) -> io::Result<Option<File>> {
        let opened = openat(&self.0, name.as_ref(), OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty());
        present(opened.map(File::from).map_err(io::Error::from))
    }
}

/// The text of an attribute file of sysfs, which has at most a page and gives all of it to one read.
pub(crate) fn read_attribute(mut file: File) -> io::Result<String> {
    let mut page = [0; PAGE];
    let length = file.read(&mut page)?;
    Ok(String::from_utf8_lossy(page.get(..length).unwrap_or_default()).into_owned())
}

/// The one place that decides which errors mean "not there".
fn present<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_an_answer() {
        let tree = tempfile::tempdir().unwrap();
        let root = Root::at(tree.path());
        fs::write(tree.path().join("here"), "text").unwrap();
        assert_eq!(root.read_text("/here").unwrap().as_deref(), Some("text"));
        assert_eq!(root.read("/absent").unwrap(), None);
        assert_eq!(root.read("/here/below").unwrap(), None);
        assert_eq!(root.entries("/").unwrap(), Some(vec!["here".into()]));
        assert_eq!(root.entries("/absent").unwrap(), None);
        assert!(root.read("/").is_err());
    }

    #[test]
    fn writing_changes_what_is_there_and_makes_nothing() {
        let tree = tempfile::tempdir().unwrap();
        let root = Root::at(tree.path());
        fs::write(tree.path().join("state"), "old").unwrap();
        root.write("/state", b"new").unwrap();
        assert_eq!(root.read_text("/state").unwrap().as_deref(), Some("new"));
        assert_eq!(root.write("/absent", b"new").unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(!root.is_executable("/state") && !root.is_executable("/absent") && root.is_executable("/"));
    }

    #[test]
    fn links_are_followed_inside_the_tree() {
        let tree = tempfile::tempdir().unwrap();
        let root = Root::at(tree.path());
        fs::create_dir_all(tree.path().join("sys/devices/a")).unwrap();
        std::os::unix::fs::symlink("../devices/a", tree.path().join("sys/devices/../b")).unwrap();
        std::os::unix::fs::symlink("devices/a", tree.path().join("sys/c")).unwrap();
        assert_eq!(root.resolve("/sys/c").unwrap(), Some("/sys/devices/a".into()));
        assert_eq!(root.link("/sys/c").unwrap(), Some("devices/a".into()));
        assert_eq!(root.resolve("/sys/b").unwrap(), None);
    }
}
