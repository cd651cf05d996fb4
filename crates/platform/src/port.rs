//! The ports of virtio consoles, through which a host reaches its guest.

use crate::Root;
use std::io;
use std::path::{Path, PathBuf};

/// A port, as sysfs shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// Its device below `/dev`: `vport1p1`.
    pub device: String,
    /// The name that the host has given it; empty if it has not.
    pub name: String,
}

/// What the guest has of the device that ports belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Console {
    /// The host provides none.
    Missing,
    /// It is on the PCI bus, and nothing drives it.
    WithoutBus,
    /// It is on the virtio bus, and nothing drives it.
    WithoutDriver,
    /// It is driven.
    Driven,
}

const PORTS: &str = "/sys/class/virtio-ports";
const VIRTIO_DEVICES: &str = "/sys/bus/virtio/devices";
const PCI_DEVICES: &str = "/sys/bus/pci/devices";
/// debugfs: what the driver tells of a port.
const PORT_STATES: &str = "/sys/kernel/debug/virtio-ports";

/// Virtual I/O Device specification 1.2, section 5: the console.
const CONSOLE: u32 = 3;
/// The same, section 4.1.2: the vendor, and the console's two numbers on the PCI bus.
const PCI_VENDOR: u32 = 0x1af4;
const PCI_CONSOLES: [u32; 2] = [0x1003, 0x1040 + CONSOLE];

/// All ports, in the order of their devices' names.
pub fn list(root: &Root) -> io::Result<Vec<Port>> {
    let port = |device: String| {
        let name = text(root, &Path::new(PORTS).join(&device).join("name"))?.unwrap_or_default();
        Ok(Port { device, name })
    };
    names(root, PORTS)?.into_iter().map(port).collect()
}

/// What there is of the device, for who finds no port.
pub fn console(root: &Root) -> io::Result<Console> {
    for device in devices(root, VIRTIO_DEVICES)? {
        if number(root, &device.join("device"))? == Some(CONSOLE) {
            let driven = root.link(device.join("driver"))?.is_some();
            return Ok(if driven { Console::Driven } else { Console::WithoutDriver });
        }
    }
    for device in devices(root, PCI_DEVICES)? {
        let vendor = number(root, &device.join("vendor"))?;
        let kind = number(root, &device.join("device"))?;
        if vendor == Some(PCI_VENDOR) && kind.is_some_and(|kind| PCI_CONSOLES.contains(&kind)) {
            return Ok(Console::WithoutBus);
        }
    }
    Ok(Console::Missing)
}

/// Whether a host holds the other end of a port; `None` where the driver does not tell, as debugfs is not
/// mounted or only root may look.
pub fn has_host(root: &Root, device: &str) -> Option<bool> {
    let state = root.read_text(Path::new(PORT_STATES).join(device)).ok()??;
    let connected = state.lines().find_map(|line| line.strip_prefix("host_connected:"))?;
    Some(connected.trim() != "0")
}

fn names(root: &Root, directory: &str) -> io::Result<Vec<String>> {
    let names = root.entries(directory)?.unwrap_or_default();
    let mut names: Vec<String> = names.into_iter().map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}

fn devices(root: &Root, directory: &str) -> io::Result<Vec<PathBuf>> {
    Ok(names(root, directory)?.into_iter().map(|name| Path::new(directory).join(name)).collect())
}

fn text(root: &Root, path: &Path) -> io::Result<Option<String>> {
    Ok(root.read_text(path)?.map(|text| text.trim_end().to_owned()))
}

/// Numbers of devices are hexadecimal, with `0x` before them.
fn number(root: &Root, path: &Path) -> io::Result<Option<u32>> {
    let text = text(root, path)?;
    Ok(text.and_then(|text| u32::from_str_radix(text.strip_prefix("0x")?, 16).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use qga_testkit::fixture;

    #[test]
    fn ports_are_known_by_their_devices_and_their_names() {
        let tree = fixture::unpack(
            "/sys/class/virtio-ports/vport1p1/name = org.qemu.guest_agent.0\n\
             /sys/class/virtio-ports/vport0p0/\n/sys/kernel/debug/virtio-ports/vport1p1:\n\
             \tname: org.qemu.guest_agent.0\n\thost_connected: 1\n",
        )
        .unwrap();
        let root = Root::at(tree.path());
        let port = |device: &str, name: &str| Port { device: device.to_owned(), name: name.to_owned() };
        let expected = [port("vport0p0", ""), port("vport1p1", "org.qemu.guest_agent.0")];
        assert_eq!(list(&root).unwrap(), expected);
        assert_eq!((has_host(&root, "vport1p1"), has_host(&root, "vport0p0")), (Some(true), None));
    }

    #[test]
    fn the_device_is_found_on_either_bus_driven_or_not() {
        let disk = "/sys/bus/virtio/devices/virtio0/device = 0x0002\n";
        let driver = "/sys/bus/virtio/devices/virtio1/driver -> ../../drivers/virtio_console\n";
        let console = "/sys/bus/virtio/devices/virtio1/device = 0x0003\n";
        let pci = "/sys/bus/pci/devices/0000:00:03.0/vendor = 0x1af4\n\
                   /sys/bus/pci/devices/0000:00:03.0/device = 0x1043\n";
        for (archive, expected) in [
            (String::new(), Console::Missing),
            (disk.to_owned(), Console::Missing),
            (pci.to_owned(), Console::WithoutBus),
            (format!("{disk}{pci}{console}"), Console::WithoutDriver),
            (format!("{console}{driver}"), Console::Driven),
        ] {
            let tree = fixture::unpack(&archive).unwrap();
            assert_eq!(super::console(&Root::at(tree.path())).unwrap(), expected, "{archive}");
        }
    }
}
