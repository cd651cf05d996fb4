//! A directory for one agent and its files, removed in the end.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, chown, lchown, symlink},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use nix::{
    sys::stat::Mode,
    unistd::{Uid, User, mkfifo},
};
use serde::Deserialize;
use tempfile::TempDir;

use crate::transcript::Bytes;

/// The user and group that agents run as: nobody's where the tests run as root, else none to change to.
pub(crate) fn unprivileged() -> Result<Option<(u32, u32)>> {
    if !Uid::effective().is_root() {
        return Ok(None);
    }
    let nobody = User::from_name("nobody")?.context("there is no user nobody")?;
    Ok(Some((nobody.uid.as_raw(), nobody.gid.as_raw())))
}

/// A file to create before the start.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Where, relative to the scratch directory.
    pub path: String,
    /// What it contains; files only.
    #[serde(default, rename = "content_b64")]
    pub content: Bytes,
    /// Permission bits in octal; 666 for files, 777 for directories when absent.
    pub mode: Option<String>,
    /// What it is.
    #[serde(default, rename = "type")]
    pub kind: ItemKind,
    /// Where a symbolic link points to.
    pub target: Option<String>,
}

/// What an [`Item`] is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ItemKind {
    /// A regular file.
    #[default]
    File,
    /// A directory.
    Dir,
    /// A symbolic link.
    Symlink,
    /// A named pipe.
    Fifo,
}

/// A directory with `f/` for files and `state/` for the agent; all of it belongs to the agent's user.
#[derive(Debug)]
pub struct Scratch {
    directory: TempDir,
}

impl Scratch {
    /// A new one with empty directories.
    pub fn new() -> Result<Scratch> {
        let directory =
            tempfile::Builder::new().prefix("qga-").tempdir().context("cannot create a directory")?;
        let scratch = Scratch { directory };
        for path in [scratch.path().to_owned(), scratch.files(), scratch.state()] {
            fs::create_dir_all(&path)?;
            hand_over(&path, 0o755)?;
        }
        Ok(scratch)
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The directory for files of a test.
    pub fn files(&self) -> PathBuf {
        self.path().join("f")
    }

    /// The agent's state directory.
    pub fn state(&self) -> PathBuf {
        self.path().join("state")
    }

    /// The agent's socket.
    pub fn socket(&self) -> PathBuf {
        self.path().join("ga.sock")
    }

    /// What the agent writes to its standard output and error.
    pub fn log(&self) -> PathBuf {
        self.path().join("log")
    }

    /// Creates a file for the agent's user in [`files`](Scratch::files) and answers with its path.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<PathBuf> {
        let path = self.files().join(name);
        fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
        hand_over(&path, 0o666)?;
        Ok(path)
    }

    /// Creates a program for the agent's user in [`files`](Scratch::files) and answers with its path.
    pub fn write_program(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.write(name, text.as_bytes())?;
        hand_over(&path, 0o755)?;
        Ok(path)
    }

    /// Creates a named pipe for the agent's user in [`files`](Scratch::files) and answers with its path.
    pub fn make_pipe(&self, name: &str) -> Result<PathBuf> {
        let path = self.files().join(name);
        mkfifo(&path, Mode::S_IRWXU)?;
        hand_over(&path, 0o666)?;
        Ok(path)
    }

    /// Creates what a recorded session asks for.
    pub fn create(&self, item: &Item) -> Result<()> {
        let path = self.path().join(&item.path);
        let default_mode = if item.kind == ItemKind::Dir { "777" } else { "666" };
        let mode = u32::from_str_radix(item.mode.as_deref().unwrap_or(default_mode), 8)?;
        match item.kind {
            ItemKind::File => fs::write(&path, &item.content.0)?,
            ItemKind::Dir => fs::create_dir_all(&path)?,
            ItemKind::Fifo => mkfifo(&path, Mode::S_IRWXU)?,
            ItemKind::Symlink => return self.link(item, &path),
        }
        hand_over(&path, mode)
    }

    fn link(&self, item: &Item, path: &Path) -> Result<()> {
        let Some(target) = &item.target else { bail!("the link {} has no target", item.path) };
        symlink(target.replace("@SCRATCH@", &self.path().to_string_lossy()), path)?;
        if let Some((user, group)) = unprivileged()? {
            lchown(path, Some(user), Some(group))?;
        }
        Ok(())
    }
}

fn hand_over(path: &Path, mode: u32) -> Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
    if let Some((user, group)) = unprivileged()? {
        chown(path, Some(user), Some(group))?;
    }
    Ok(())
}
