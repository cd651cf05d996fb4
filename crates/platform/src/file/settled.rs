//! Where a path leads to by links that only the administrator can change.

use crate::Root;
use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

/// As many links as the kernel follows in one path: `path_resolution(7)`.
const MOST_LINKS: usize = 40;
/// Others than the owner may write.
const WRITABLE: u32 = 0o022;

/// The path without links that `path` of the system leads to, if each link on the way is in directories that
/// belong to the administrator and that nobody else may write; what is not there has no links. `None` if
/// somebody else could make it lead elsewhere.
pub fn settled(root: &Root, path: &Path) -> Option<PathBuf> {
    let mut rest: VecDeque<OsString> = names(path);
    let mut real = PathBuf::from("/");
    let mut links = 0;
    while let Some(name) = rest.pop_front() {
        if name == ".." {
            real.pop();
            continue;
        }
        let next = real.join(&name);
        let Some(target) = root.link(&next).ok().flatten() else {
            real = next;
            continue;
        };
        links += 1;
        if links > MOST_LINKS || !real.ancestors().all(|directory| is_safe(root, directory)) {
            return None;
        }
        if target.is_absolute() {
            real = PathBuf::from("/");
        }
        rest = names(&target).into_iter().chain(rest).collect();
    }
    Some(real)
}

fn names(path: &Path) -> VecDeque<OsString> {
    let name = |part: Component<'_>| match part {
        Component::Normal(_) | Component::ParentDir => Some(part.as_os_str().to_owned()),
        _ => None,
    };
    path.components().filter_map(name).collect()
}

fn is_safe(root: &Root, directory: &Path) -> bool {
    let administrators = [0, nix::unistd::geteuid().as_raw()];
    fs::symlink_metadata(root.path(directory))
        .is_ok_and(|metadata| administrators.contains(&metadata.uid()) && metadata.mode() & WRITABLE == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn links_of_the_administrator_are_followed_and_those_of_others_are_not() {
        let tree = tempfile::tempdir().unwrap();
        let at = |path: &str| tree.path().join(path);
        for directory in ["etc", "usr/lib", "var", "srv/upload"] {
            fs::create_dir_all(at(directory)).unwrap();
        }
        for (target, link) in [
            ("../usr/lib/os-release", "etc/os-release"),
            ("/run", "var/run"),
            ("/etc/shadow", "srv/upload/file"),
            ("../srv/upload/file", "etc/round"),
            ("loop", "etc/loop"),
        ] {
            symlink(target, at(link)).unwrap();
        }
        fs::set_permissions(at("srv/upload"), fs::Permissions::from_mode(0o777)).unwrap();
        let root = Root::at(tree.path());
        let found = |path: &str| settled(&root, Path::new(path)).map(|path| path.display().to_string());
        assert_eq!(found("/etc/os-release").as_deref(), Some("/usr/lib/os-release"));
        assert_eq!(found("/var/run/a/b").as_deref(), Some("/run/a/b"));
        assert_eq!(found("/etc/passwd").as_deref(), Some("/etc/passwd"));
        assert_eq!(found("/srv/upload/file"), None);
        assert_eq!(found("/etc/round"), None);
        assert_eq!(found("/etc/loop"), None);
    }
}
