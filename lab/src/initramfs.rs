//! The guest's file tree, as the kernel unpacks it into memory.

use crate::program;
use anyhow::{Context, Result};
use cpio::newc;
use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

const DIRECTORY: u32 = 0o040_000;
const FILE: u32 = 0o100_000;
const LINK: u32 = 0o120_000;

/// Files, directories and links by their path in the guest. A later entry replaces an earlier one.
#[derive(Debug, Default)]
pub struct Initramfs {
    entries: BTreeMap<PathBuf, (u32, Vec<u8>)>,
}

impl Initramfs {
    /// Adds a directory.
    pub fn directory(&mut self, path: impl AsRef<Path>) {
        self.add(path.as_ref(), DIRECTORY | 0o755, Vec::new());
    }

    /// Adds a file with these permissions.
    pub fn file(&mut self, path: impl AsRef<Path>, permissions: u32, content: impl Into<Vec<u8>>) {
        self.add(path.as_ref(), FILE | permissions, content.into());
    }

    /// Adds a symbolic link.
    pub fn link(&mut self, path: impl AsRef<Path>, target: &str) {
        self.add(path.as_ref(), LINK | 0o777, target.into());
    }

    /// Leaves out what is at the path.
    pub fn remove(&mut self, path: impl AsRef<Path>) {
        self.entries.remove(path.as_ref());
    }

    /// Copies a file of this machine, with its permissions.
    pub fn copy(&mut self, path: impl AsRef<Path>, from: &Path) -> Result<()> {
        let content = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
        let permissions = fs::metadata(from)?.permissions().mode() & 0o777;
        self.file(path, permissions, content);
        Ok(())
    }

    /// Copies a program with the libraries it needs, both from a system whose root directory is `root`.
    pub fn program(&mut self, path: impl AsRef<Path>, from: &Path, root: &Path) -> Result<()> {
        self.copy(path, from)?;
        for (path, file) in program::libraries(from, root)? {
            self.copy(path, &file)?;
        }
        Ok(())
    }

    /// A static busybox and its links.
    pub fn busybox(&mut self) -> Result<()> {
        for path in program::run("busybox", &["--list-full"])?.lines() {
            self.link(Path::new("/").join(path), "/bin/busybox");
        }
        // After the links, as it lists itself.
        self.copy("/bin/busybox", &program::find("busybox")?)
    }

    /// The archive for QEMU's `-initrd`.
    pub fn archive(&self) -> Result<Vec<u8>> {
        let mut archive = Vec::new();
        for (number, (path, (mode, content))) in (1..).zip(&self.entries) {
            let name = path.strip_prefix("/")?.to_str().context("a path is not UTF-8")?;
            let entry = newc::Builder::new(name).ino(number).nlink(1).mode(*mode);
            let size = u32::try_from(content.len()).context("a file is too big for the archive")?;
            let mut writer = entry.write(&mut archive, size);
            std::io::Write::write_all(&mut writer, content)?;
            writer.finish()?;
        }
        newc::trailer(&mut archive)?;
        Ok(archive)
    }

    /// Adds an entry and the directories above it, which the kernel does not make by itself.
    fn add(&mut self, path: &Path, mode: u32, content: Vec<u8>) {
        for parent in path.ancestors().skip(1).filter(|parent| parent.parent().is_some()) {
            self.entries.entry(parent.to_owned()).or_insert((DIRECTORY | 0o755, Vec::new()));
        }
        self.entries.insert(path.to_owned(), (mode, content));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_archive_has_parents_before_children() {
        let mut tree = Initramfs::default();
        tree.file("/etc/deep/file", 0o600, "text");
        tree.link("/bin/sh", "busybox");
        let mut rest = &tree.archive().unwrap()[..];
        let mut names = Vec::new();
        loop {
            let reader = newc::Reader::new(rest).unwrap();
            if reader.entry().is_trailer() {
                break;
            }
            names.push((reader.entry().name().to_owned(), reader.entry().mode()));
            rest = reader.finish().unwrap();
        }
        let expected = [
            ("bin", 0o040_755),
            ("bin/sh", 0o120_777),
            ("etc", 0o040_755),
            ("etc/deep", 0o040_755),
            ("etc/deep/file", 0o100_600),
        ];
        assert_eq!(names, expected.map(|(name, mode)| (name.to_owned(), mode)));
    }
}
