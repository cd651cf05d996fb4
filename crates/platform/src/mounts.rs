//! The filesystems that have a disk, by their mount points (compat.md C.5).

mod table;

use crate::{Error, Result, Root};
use nix::sys::stat::{major, minor};
use std::collections::HashSet;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use table::Line;

/// A filesystem, known by the first mount point that shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// The device that holds it.
    pub device: Device,
    /// Where it is mounted.
    pub mount_point: PathBuf,
    /// Its type: `ext4`.
    pub kind: String,
}

/// The number of a block device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Device {
    /// The driver.
    pub major: u64,
    /// The device among the driver's.
    pub minor: u64,
}

const MOUNTINFO: &str = "/proc/self/mountinfo";
const MOUNTS: &str = "/proc/self/mounts";

/// All filesystems that have a disk, in the order in which they were mounted.
pub fn list(root: &Root) -> Result<Vec<Mount>> {
    if let Ok(Some(text)) = root.read(MOUNTINFO) {
        return Ok(select(table::mountinfo(&text), |line| known_device(root, line)));
    }
    match root.read(MOUNTS) {
        Ok(Some(text)) => Ok(select(table::mounts(&text), |line| guessed_device(root, line))),
        _ => Err(Error::told(format!("failed to open mtab file: '{MOUNTS}'"))),
    }
}

/// The lines whose device is known and was not seen before: further mount points of a filesystem, and bind
/// mounts, are left out.
fn select<'t>(
    lines: impl Iterator<Item = Line<'t>>,
    device: impl Fn(&Line<'t>) -> Option<Device>,
) -> Vec<Mount> {
    let mut seen = HashSet::new();
    let with_device = lines.filter_map(|line| device(&line).map(|device| (device, line)));
    let first = with_device.filter(|(device, _)| seen.insert(*device));
    let mount = |(device, line): (Device, Line<'t>)| Mount {
        device,
        mount_point: line.mount_point,
        kind: String::from_utf8_lossy(line.kind).into_owned(),
    };
    first.map(mount).collect()
}

/// Major 0 means no block device; but btrfs, which may have several, tells such a number of its own.
fn known_device(root: &Root, line: &Line<'_>) -> Option<Device> {
    match line.device {
        Some(Device { major: 0, .. }) if line.kind == b"btrfs" => block_device(root, &line.source),
        Some(Device { major: 0, .. }) => None,
        known => known,
    }
}

/// What a table without numbers lets one find out.
fn guessed_device(root: &Root, line: &Line<'_>) -> Option<Device> {
    let on_network = [&b"cifs"[..], b"smbfs"].contains(&line.kind);
    if on_network || !line.source.is_absolute() || root.path(&line.source).is_dir() {
        return None;
    }
    block_device(root, &line.source).or_else(|| {
        let metadata = root.path(&line.mount_point).metadata().ok()?;
        Some(Device::of(metadata.dev()))
    })
}

/// The number of the device whose node `path` is, or would be: a container may lack the node.
fn block_device(root: &Root, path: &Path) -> Option<Device> {
    if let Ok(metadata) = root.path(path).metadata() {
        return metadata.file_type().is_block_device().then(|| Device::of(metadata.rdev()));
    }
    let name = path.strip_prefix("/dev").ok()?.to_str()?.replace('/', "!");
    table::number(root.read(format!("/sys/class/block/{name}/dev")).ok()??.trim_ascii())
}

impl Device {
    fn of(number: u64) -> Device {
        Device { major: major(number), minor: minor(number) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn list_of(text: &str) -> Vec<(String, String)> {
        let device = |line: &Line<'_>| match line.source.to_str() {
            Some("/dev/vdb") if line.kind == b"btrfs" => Some(Device { major: 254, minor: 16 }),
            _ => known_device(&Root::at("/no/such/root"), line),
        };
        let mounts = select(table::mountinfo(text.as_bytes()), device);
        let shown = mounts.into_iter().map(|mount| {
            let Device { major, minor } = mount.device;
            (format!("{major}:{minor} {}", mount.kind), mount.mount_point.to_str().unwrap().to_owned())
        });
        shown.collect()
    }

    fn expected(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(device, path)| (device.to_string(), path.to_string())).collect()
    }

    const GUEST: &str = "\
21 1 0:20 / /proc rw,relatime - proc proc rw
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro
23 22 8:16 / /a rw,relatime shared:2 master:3 - ext4 /dev/sdb rw
24 23 8:32 / /a/sub rw,relatime - xfs /dev/sdc rw
25 22 8:32 / /b rw,relatime - xfs /dev/sdc rw
26 22 0:40 / /c\\040d rw,relatime - btrfs /dev/vdb rw,subvolid=5
27 22 0:40 /vol /vol rw,relatime - btrfs /dev/vdb rw,subvol=/vol
28 22 0:41 / /other rw,relatime - btrfs /dev/gone rw
29 22 0:42 / /net rw,relatime - nfs4 server:/export rw
30 22 7:0 / /loop ro,relatime - squashfs /dev/loop0 ro
";

    #[test]
    fn filesystems_with_a_disk_are_known_by_their_first_mount_point() {
        let list = [
            ("8:1 ext4", "/"),
            ("8:16 ext4", "/a"),
            ("8:32 xfs", "/a/sub"),
            ("254:16 btrfs", "/c d"),
            ("7:0 squashfs", "/loop"),
        ];
        assert_eq!(list_of(GUEST), expected(&list));
    }

    #[test]
    fn a_bind_mounted_file_may_be_the_first_mount_point() {
        let container = "\
90 80 0:50 / / rw - overlay overlay rw,lowerdir=/l
91 90 8:1 /var/lib/docker/containers/x/hosts /etc/hosts rw - ext4 /dev/sda1 rw
92 90 8:1 /var/lib/docker/containers/x/hostname /etc/hostname rw - ext4 /dev/sda1 rw
";
        assert_eq!(list_of(container), expected(&[("8:1 ext4", "/etc/hosts")]));
    }

    #[test]
    fn lines_that_make_no_sense_are_passed_over() {
        let text = "\n1 2\n3 2 8 / /x rw - ext4 /dev/sda rw\n4 2 8:x / /x rw - ext4 /dev/sda rw\n\
                    5 2 8:1 / /y rw ext4 /dev/sda rw\n6 2 8:2 / /z rw - ext4";
        assert_eq!(list_of(text), expected(&[]));
    }

    #[test]
    fn a_system_without_mountinfo_has_the_older_table() {
        let tree = tempfile::tempdir().unwrap();
        let root = Root::at(tree.path());
        for directory in ["proc/self", "data", "more", "bound"] {
            fs::create_dir_all(tree.path().join(directory)).unwrap();
        }
        let table = "proc /proc proc rw 0 0\n/image /data ext4 rw 0 0\n/image /more ext4 rw 0 0\n\
                     /bound /data none bind 0 0\n/server /data cifs rw 0 0\n";
        fs::write(tree.path().join("proc/self/mounts"), table).unwrap();
        fs::write(tree.path().join("image"), "").unwrap();
        let mount_points: Vec<PathBuf> =
            list(&root).unwrap().into_iter().map(|mount| mount.mount_point).collect();
        assert_eq!(mount_points, [Path::new("/data")]);
    }

    #[test]
    fn without_any_table_the_error_names_the_older() {
        let tree = tempfile::tempdir().unwrap();
        let told = list(&Root::at(tree.path())).unwrap_err().to_string();
        assert_eq!(told, "failed to open mtab file: '/proc/self/mounts'");
    }

    #[test]
    fn this_machine_has_a_table_that_can_be_read() {
        list(&Root::system()).unwrap();
    }
}
