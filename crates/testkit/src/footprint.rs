//! What a process takes of its system.

use std::{fs, path::Path};

use anyhow::{Context, Result};

/// What a process holds at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footprint {
    /// Children, those included that have ended and were not waited for.
    pub children: usize,
    /// Open file descriptors.
    pub fds: usize,
    /// Threads.
    pub threads: usize,
    /// Memory that no other process shares, in bytes.
    pub memory: u64,
}

impl Footprint {
    /// Of the process with that id; the caller must be allowed to look into it.
    pub fn of(pid: u32) -> Result<Self> {
        let own = Path::new("/proc").join(pid.to_string());
        let entries = |name: &str| Ok::<usize, anyhow::Error>(fs::read_dir(own.join(name))?.count());
        let memory = fs::read_to_string(own.join("smaps_rollup"))?;
        Ok(Self {
            children: children(pid)?,
            fds: entries("fd")?,
            threads: entries("task")?,
            memory: private(&memory).context("no memory is told of")?,
        })
    }
}

/// What `smaps_rollup` tells in kB: proc(5).
fn private(text: &str) -> Option<u64> {
    let lines = text.lines().filter(|line| line.starts_with("Private_"));
    let sizes = lines.map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    sizes.sum::<Option<u64>>().map(|kibibytes| kibibytes << 10)
}

fn children(pid: u32) -> Result<usize> {
    let mut children = 0;
    for entry in fs::read_dir("/proc")? {
        // What is no process, or has gone since it was listed, has no such file.
        let stat = fs::read_to_string(entry?.path().join("stat")).unwrap_or_default();
        children += usize::from(parent(&stat) == Some(pid));
    }
    Ok(children)
}

/// The second field behind the name, which may have anything in it: proc(5).
fn parent(stat: &str) -> Option<u32> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parent_stands_behind_a_name_of_any_kind() {
        assert_eq!(parent("12 (a) b) S 7 12 12 0"), Some(7));
        assert_eq!(parent(""), None);
    }

    #[test]
    fn only_what_is_not_shared_counts() {
        let text = "1-2 ---p 00 00:00 0 [rollup]\nRss: 9 kB\nPrivate_Clean: 1 kB\nPrivate_Dirty: 2 kB\n";
        assert_eq!(private(text), Some(3 << 10));
    }

    #[test]
    fn this_process_has_threads_and_files() {
        let own = Footprint::of(std::process::id()).unwrap();
        assert!(own.threads >= 1 && own.fds >= 1 && own.memory > 0, "{own:?}");
    }
}
