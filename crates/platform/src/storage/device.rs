use super::address::Place;
use crate::Root;
use qga_wire::family::storage::DiskAddress;
use std::path::{Component, Path, PathBuf};

/// A block device, by its directory in sysfs.
pub(super) struct BlockDevice {
    path: PathBuf,
    /// What the kernel tells of it to udev.
    uevent: String,
}

/// What udev found out about a block device.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Properties {
    pub(super) serial: Option<String>,
    pub(super) alias: Option<String>,
}

impl BlockDevice {
    /// The device whose directory `path` is, or leads to.
    pub(super) fn at(root: &Root, path: impl AsRef<Path>) -> Option<BlockDevice> {
        let path = path.as_ref();
        let known = linked(root, path).map(|path| BlockDevice::in_directory(root, path));
        known.filter(|device| !device.uevent.is_empty()).or_else(|| {
            let path = root.resolve(path).ok().flatten()?;
            Some(BlockDevice::in_directory(root, path))
        })
    }

    fn in_directory(root: &Root, path: PathBuf) -> BlockDevice {
        let uevent = root.attribute(path.join("uevent")).ok().flatten().unwrap_or_default();
        BlockDevice { path, uevent }
    }

    /// What the kernel calls it.
    pub(super) fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Whether it is made of software: a loop device, or one of several volumes.
    pub(super) fn is_virtual(&self) -> bool {
        self.path.starts_with("/sys/devices/virtual/block")
    }

    /// The path of its device node; `None` for the kernel's own devices, such as one path of several to a disk.
    pub(super) fn node(&self) -> Option<String> {
        value(&self.uevent, "DEVNAME").map(|name| format!("/dev/{name}"))
    }

    /// The volumes that it is made of.
    pub(super) fn slaves(&self, root: &Root) -> Vec<BlockDevice> {
        let directory = self.path.join("slaves");
        let names = root.entries(&directory).ok().flatten().unwrap_or_default();
        names.iter().filter_map(|name| BlockDevice::at(root, directory.join(name))).collect()
    }

    /// Its partitions: the directories in its own that have a file `partition`.
    pub(super) fn partitions(&self, root: &Root) -> Vec<BlockDevice> {
        let own = self.name();
        let names = root.entries(&self.path).ok().flatten().unwrap_or_default();
        let candidates = names.iter().filter(|name| name.to_string_lossy().starts_with(&own));
        let paths = candidates.map(|name| self.path.join(name));
        let partitions = paths.filter(|path| root.exists(path.join("partition")));
        partitions.map(|path| BlockDevice::in_directory(root, path)).collect()
    }

    /// Where it is attached, and how to know it.
    pub(super) fn address(&self, root: &Root) -> DiskAddress {
        let place = Place::of(root, &self.path);
        DiskAddress {
            ccw_address: place.ccw,
            serial: self.properties(root).serial,
            bus_type: place.bus_type,
            bus: place.bus,
            unit: place.unit,
            pci_controller: place.pci,
            dev: self.node(),
            target: place.target,
        }
    }

    /// What udev found out; nothing where it does not run.
    pub(super) fn properties(&self, root: &Root) -> Properties {
        let number = (value(&self.uevent, "MAJOR"), value(&self.uevent, "MINOR"));
        let (Some(major), Some(minor)) = number else { return Properties::default() };
        let text = root.read_text(format!("/run/udev/data/b{major}:{minor}"));
        text.ok().flatten().map(|text| properties(&text)).unwrap_or_default()
    }
}

/// Where a link of sysfs leads, which is seldom through another link: to look at each directory on the way takes
/// longer than all else.
fn linked(root: &Root, path: &Path) -> Option<PathBuf> {
    let target = root.link(path).ok().flatten()?;
    let mut place = path.parent()?.to_owned();
    for part in target.components() {
        match part {
            Component::ParentDir => drop(place.pop()),
            part => place.push(part),
        }
    }
    Some(place)
}

/// Whether the block device whose directory `path` is, or leads to, has a medium.
pub(super) fn has_medium(root: &Root, path: &str) -> bool {
    root.attribute(format!("{path}/size")).ok().flatten().is_some_and(|sectors| sectors.trim() != "0")
}

/// A file of udev's database: lines `E:KEY=VALUE`, among others.
fn properties(text: &str) -> Properties {
    let find = |key| value(text, key).filter(|value| !value.is_empty()).map(str::to_owned);
    Properties { serial: find("E:ID_SERIAL"), alias: find("E:DM_NAME") }
}

/// The value of the first line `key=value`.
fn value<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn udev_tells_serial_number_and_alias() {
        let text = "S:disk/by-id/x\nE:ID_SERIAL_SHORT=s\nE:ID_SERIAL=a=b\nE:DM_NAME=vg0-lv0\nE:ID_SERIAL=c\n";
        let expected = Properties { serial: Some("a=b".to_owned()), alias: Some("vg0-lv0".to_owned()) };
        assert_eq!(properties(text), expected);
        for text in ["", "E:ID_SERIAL", "E:ID_SERIAL=\nE:DM_NAME=", "ID_SERIAL=x"] {
            assert_eq!(properties(text), Properties::default(), "{text}");
        }
    }
}
