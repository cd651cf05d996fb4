//! File trees that stand for a system, kept as text: captured from real machines, readable in a diff.
//!
//! A line that begins with `/` makes an entry: `/path = text` a file of one line, `/path:` a file whose lines
//! follow, each with a tab in front, `/path -> target` a symbolic link, `/path/` a directory. Directories above
//! an entry come by themselves. Empty lines and lines that begin with `#` say nothing.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

/// Lays the tree of an archive into a new directory, which goes when the answer is dropped.
///
/// A link whose target is absolute stays inside the tree.
pub fn unpack(archive: &str) -> Result<TempDir> {
    let tree = tempfile::Builder::new().prefix("qga-tree-").tempdir().context("cannot create a directory")?;
    let mut lines = archive.lines().enumerate().peekable();
    while let Some((index, line)) = lines.next() {
        let mut content = String::new();
        while let Some((_, more)) = lines.next_if(|(_, line)| line.starts_with('\t')) {
            content.extend(more.strip_prefix('\t').into_iter().chain(["\n"]));
        }
        entry(tree.path(), line, &content).with_context(|| format!("line {}: {line}", index + 1))?;
    }
    Ok(tree)
}

fn entry(tree: &Path, line: &str, content: &str) -> Result<()> {
    if line.is_empty() || line.starts_with('#') {
        return Ok(());
    }
    if let Some((path, text)) = line.split_once(" = ") {
        return Ok(fs::write(place(tree, path)?, format!("{text}\n"))?);
    }
    if let Some((path, target)) = line.split_once(" -> ") {
        return Ok(symlink(inside(path, target), place(tree, path)?)?);
    }
    match line.strip_suffix(':') {
        Some(path) => Ok(fs::write(place(tree, path)?, content)?),
        None if line.ends_with('/') => Ok(fs::create_dir_all(place(tree, line)?)?),
        None => bail!("no entry looks like this"),
    }
}

/// Where an entry goes; the directories above it are made.
fn place(tree: &Path, path: &str) -> Result<PathBuf> {
    let relative = path.strip_prefix('/').context("a path begins with a slash")?;
    ensure!(!relative.split('/').any(|part| part == ".."), "a path goes straight down");
    let place = tree.join(relative);
    fs::create_dir_all(place.parent().context("an entry is below the top")?)?;
    Ok(place)
}

/// The target of the link `path`, as it is written unless it is absolute: then relative to where the link is.
fn inside(path: &str, target: &str) -> String {
    match target.strip_prefix('/') {
        None => target.to_owned(),
        Some(below) => "../".repeat(path.matches('/').count() - 1) + below,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_becomes_files_links_and_directories() {
        let archive = "\
# A small one.
/sys/block/vda -> ../devices/vda
/sys/devices/vda/size = 8

/proc/stat:
\tcpu 1
\t
\tcpu0 1
/empty:
/dev/
/etc/os-release -> /usr/os
/usr/os = x = y
";
        let tree = unpack(archive).unwrap();
        let read = |path| fs::read_to_string(tree.path().join(path)).unwrap();
        assert_eq!(read("sys/block/vda/size"), "8\n");
        assert_eq!(read("proc/stat"), "cpu 1\n\ncpu0 1\n");
        assert_eq!(read("empty"), "");
        assert_eq!(read("etc/os-release"), "x = y\n");
        assert!(tree.path().join("dev").is_dir());
    }

    #[test]
    fn a_line_that_makes_no_sense_is_told() {
        for line in ["x", "/x", "x = 1", "/../x = 1"] {
            assert!(unpack(line).unwrap_err().to_string().starts_with("line 1: "), "{line}");
        }
    }
}
