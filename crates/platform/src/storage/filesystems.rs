use super::device::BlockDevice;
use super::sizes::{Asked, Sizes, measure};
use crate::mounts::{self, Device, Mount};
use crate::{Result, Root};
use qga_wire::family::storage::{DiskAddress, FilesystemInfo};
use std::path::Path;

/// Volumes that are made of volumes are followed so deep.
const DEEPEST: usize = 16;
/// Kinds whose counts the kernel has in memory.
const COUNTED: [&str; 6] = ["ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs"];

/// All filesystems that have a disk, the last mounted first, and of their disks the last found.
pub fn filesystems(root: &Root, sizes: &Sizes) -> Result<Vec<FilesystemInfo>> {
    let mut mounts = mounts::list(root)?;
    mounts.reverse();
    let places: Vec<_> = mounts.iter().map(|mount| root.path(&mount.mount_point)).collect();
    let asked = (!mounts.iter().all(is_prompt)).then(|| sizes.ask(&places));
    let mut filesystems: Vec<_> = mounts.into_iter().map(|mount| filesystem(root, mount)).collect();
    let told = asked.map_or_else(|| places.iter().map(|place| measure(place)).collect(), Asked::answers);
    for (filesystem, size) in filesystems.iter_mut().zip(told) {
        filesystem.total_bytes = size.map(|size| size.used.saturating_add(size.available));
        filesystem.total_bytes_privileged = size.map(|size| size.all);
        filesystem.used_bytes = size.map(|size| size.used);
    }
    Ok(filesystems)
}

/// Whether it tells its size without fail: such a kind, and no other filesystem on the way to it.
fn is_prompt(mount: &Mount) -> bool {
    mount.mount_point == Path::new("/") && COUNTED.contains(&&*mount.kind)
}

/// What is known of a filesystem without asking it.
fn filesystem(root: &Root, mount: Mount) -> FilesystemInfo {
    let Device { major, minor } = mount.device;
    let device = BlockDevice::at(root, format!("/sys/dev/block/{major}:{minor}"));
    let mut disk = Vec::new();
    if let Some(device) = &device {
        add_disks(root, device, DEEPEST, &mut disk);
        disk.reverse();
    }
    FilesystemInfo {
        name: device.map_or_else(|| format!("{major}:{minor}"), |device| device.name()),
        total_bytes: None,
        total_bytes_privileged: None,
        mountpoint: mount.mount_point.to_string_lossy().into_owned(),
        disk,
        used_bytes: None,
        r#type: mount.kind,
    }
}

/// The real disks that a device is on; none for one that is made of a file.
fn add_disks(root: &Root, device: &BlockDevice, depth: usize, disks: &mut Vec<DiskAddress>) {
    if !device.is_virtual() {
        disks.push(device.address(root));
    } else if depth > 0 {
        device.slaves(root).iter().for_each(|slave| add_disks(root, slave, depth - 1, disks));
    }
}
