//! Other processes, as proc(5) shows them.

use crate::Root;
use std::io;
use std::path::{Path, PathBuf};

/// A process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub id: u32,
    /// What lists of processes call it.
    pub name: String,
    /// The file that it was started from; `None` if we may not know.
    pub program: Option<PathBuf>,
    /// Whether that file has been removed or replaced since.
    pub outlives_program: bool,
}

/// What the kernel puts after the path of a file that was removed.
const DELETED: &str = " (deleted)";

/// The process with this number; `None` if there is none.
pub fn process(root: &Root, id: u32) -> Option<Process> {
    let directory = directory(id);
    let name = root.read_text(directory.join("comm")).ok()??.trim_end().to_owned();
    let link = root.link(directory.join("exe")).ok().flatten();
    let link = link.map(|path| path.to_string_lossy().into_owned());
    let kept = link.as_deref().and_then(|path| path.strip_suffix(DELETED));
    let outlives_program = kept.is_some();
    let program = kept.or(link.as_deref()).map(PathBuf::from);
    Some(Process { id, name, program, outlives_program })
}

/// The file that this process was started from.
pub fn own_program(root: &Root) -> Option<PathBuf> {
    root.link("/proc/self/exe").ok().flatten()
}

/// The processes that have a file open, of those whose files we may see. `file` is as links in `/proc/ID/fd`
/// have it: a path without links, or the name of a [socket](listening_socket).
pub fn holders(root: &Root, file: &Path) -> io::Result<Vec<Process>> {
    let numbers = root.entries("/proc")?.unwrap_or_default();
    let ids = numbers.iter().filter_map(|name| name.to_str()?.parse().ok());
    Ok(ids.filter(|id| holds(root, *id, file)).filter_map(|id| process(root, id)).collect())
}

/// Processes come and go meanwhile, and some do not let themselves be looked at.
fn holds(root: &Root, id: u32, file: &Path) -> bool {
    let directory = directory(id).join("fd");
    let numbers = root.entries(&directory).ok().flatten().unwrap_or_default();
    numbers.iter().any(|number| matches!(root.link(directory.join(number)), Ok(Some(link)) if link == file))
}

/// The name of the unix socket that listens at `path`; `None` if none does.
pub fn listening_socket(root: &Root, path: &Path) -> io::Result<Option<PathBuf>> {
    let path = path.to_string_lossy();
    let sockets = root.read_text("/proc/net/unix")?.unwrap_or_default();
    let inode = sockets.lines().find_map(|line| listening_inode(line, &path));
    Ok(inode.map(|inode| PathBuf::from(format!("socket:[{inode}]"))))
}

/// The number in a line of `/proc/net/unix`, which has seven words before the path.
fn listening_inode<'l>(line: &'l str, path: &str) -> Option<&'l str> {
    /// `__SO_ACCEPTCON` of the kernel: it listens.
    const LISTENS: &str = "00010000";
    let words: Vec<&str> = line.strip_suffix(path)?.strip_suffix(' ')?.split_ascii_whitespace().collect();
    match words.as_slice() {
        [_, _, _, LISTENS, _, _, inode] => Some(inode),
        _ => None,
    }
}

fn directory(id: u32) -> PathBuf {
    Path::new("/proc").join(id.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use qga_testkit::fixture;
    use std::os::unix::fs::symlink;

    #[test]
    fn who_has_a_file_open_is_found_by_its_links() {
        let tree = fixture::unpack(
            "/proc/7/comm = qemu-ga\n/proc/7/fd/\n/proc/8/comm = bash\n/proc/8/fd/\n/proc/9/fd/\n/proc/uptime = 1\n",
        )
        .unwrap();
        for (link, target) in [
            ("7/exe", "/usr/sbin/qemu-ga (deleted)"),
            ("7/fd/3", "/dev/vport1p1"),
            ("8/fd/3", "/dev/vport1p2"),
            ("9/fd/3", "/dev/vport1p1"),
        ] {
            symlink(target, tree.path().join("proc").join(link)).unwrap();
        }
        let expected = Process {
            id: 7,
            name: "qemu-ga".to_owned(),
            program: Some("/usr/sbin/qemu-ga".into()),
            outlives_program: true,
        };
        let found = holders(&Root::at(tree.path()), Path::new("/dev/vport1p1")).unwrap();
        assert_eq!(found, [expected], "one that is gone when asked for its name does not count");
    }

    #[test]
    fn a_socket_is_known_by_its_path() {
        let tree = fixture::unpack(
            "/proc/net/unix:\n\tNum       RefCount Protocol Flags    Type St Inode Path\n\
             \t0000000000000000: 00000003 00000000 00000000 0001 03 100 /run/a b.sock\n\
             \t0000000000000000: 00000002 00000000 00010000 0001 01   101 /run/a b.sock\n\
             \t0000000000000000: 00000003 00000000 00000000 0001 03 102\n",
        )
        .unwrap();
        let root = Root::at(tree.path());
        let socket = listening_socket(&root, Path::new("/run/a b.sock")).unwrap();
        assert_eq!(socket, Some("socket:[101]".into()));
        assert_eq!(listening_socket(&root, Path::new("/run/b.sock")).unwrap(), None);
    }
}
