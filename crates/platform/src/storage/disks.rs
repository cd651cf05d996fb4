use super::device::{BlockDevice, has_medium};
use super::smart;
use crate::{Error, Result, Root};
use nix::errno::Errno;
use qga_wire::family::storage::{DiskBusType, DiskInfo};

const DIRECTORY: &str = "/sys/block";

/// All disks that have a medium, with their partitions. As in the reference, the last found comes first.
pub fn disks(root: &Root) -> Result<Vec<DiskInfo>> {
    let names = root.entries(DIRECTORY).and_then(|names| names.ok_or(Errno::ENOENT.into()));
    let names = names.map_err(|error| Error::new(format!("Can't open directory \"{DIRECTORY}\""), error))?;
    let mut told = Vec::new();
    for name in names {
        let path = format!("{DIRECTORY}/{}", name.to_string_lossy());
        if !has_medium(root, &path) {
            continue;
        }
        let Some(device) = BlockDevice::at(root, path) else { continue };
        let Some(node) = device.node() else { continue };
        told.push(disk(root, &device, &node));
        let partitions = device.partitions(root);
        told.extend(partitions.iter().filter_map(BlockDevice::node).map(|name| partition(name, &node)));
    }
    told.reverse();
    Ok(told)
}

fn disk(root: &Root, device: &BlockDevice, node: &str) -> DiskInfo {
    let address = (!device.is_virtual()).then(|| device.address(root));
    let is_nvme = address.as_ref().is_some_and(|address| address.bus_type == DiskBusType::Nvme);
    DiskInfo {
        smart: is_nvme.then(|| smart::report(root, node)).flatten(),
        dependencies: Some(device.slaves(root).iter().rev().filter_map(BlockDevice::node).collect()),
        partition: false,
        address,
        alias: device.properties(root).alias,
        name: node.to_owned(),
    }
}

fn partition(name: String, parent: &str) -> DiskInfo {
    DiskInfo {
        name,
        smart: None,
        dependencies: Some(vec![parent.to_owned()]),
        partition: true,
        address: None,
        alias: None,
    }
}
