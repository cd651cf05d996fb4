use super::device::BlockDevice;
use super::sizes::Sizes;
use crate::mounts::{self, Device, Mount};
use crate::{Result, Root};
use qga_wire::family::storage::{DiskAddress, FilesystemInfo};

/// Volumes that are made of volumes are followed so deep.
const DEEPEST: usize = 16;

/// All filesystems that have a disk, the last mounted first, and of their disks the last found.
pub fn filesystems(root: &Root, sizes: &Sizes) -> Result<Vec<FilesystemInfo>> {
    let mut mounts = mounts::list(root)?;
    mounts.reverse();
    let places: Vec<_> = mounts.iter().map(|mount| root.path(&mount.mount_point)).collect();
    let asked = sizes.ask(&places);
    let mut filesystems: Vec<_> = mounts.into_iter().map(|mount| filesystem(root, mount)).collect();
    for (filesystem, size) in filesystems.iter_mut().zip(asked.answers()) {
        filesystem.total_bytes = size.map(|size| size.used.saturating_add(size.available));
        filesystem.total_bytes_privileged = size.map(|size| size.all);
        filesystem.used_bytes = size.map(|size| size.used);
    }
    Ok(filesystems)
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
