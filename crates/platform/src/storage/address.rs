use crate::Root;
use qga_wire::family::storage::{CcwAddress, DiskBusType, PciAddress};
use std::path::Path;

/// Where a disk is attached, as far as the path of its directory in sysfs tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) bus_type: DiskBusType,
    pub(super) pci: PciAddress,
    pub(super) ccw: Option<CcwAddress>,
    pub(super) bus: i64,
    pub(super) target: i64,
    pub(super) unit: i64,
}

const UNKNOWN_PCI: PciAddress = PciAddress { bus: -1, slot: -1, domain: -1, function: -1 };
const UNKNOWN: Place =
    Place { bus_type: DiskBusType::Unknown, pci: UNKNOWN_PCI, ccw: None, bus: 0, target: 0, unit: 0 };

impl Place {
    /// The place of the device whose directory `path` is, without links.
    pub(super) fn of(root: &Root, path: &Path) -> Place {
        if let Some(controller) = Controller::of(root, path) {
            return controller.place(root, path);
        }
        let ccw = names(path).zip(names(path).skip(1)).zip(names(path).skip(2)).find_map(ccw_address);
        let is_virtio = names(path).any(|name| number_after("virtio", name).is_some());
        match scsi_address(path) {
            _ if !is_virtio => Place { ccw, ..UNKNOWN },
            None => Place { bus_type: DiskBusType::Virtio, ccw, ..UNKNOWN },
            Some(scsi) => {
                let (bus, target, unit) = (scsi.channel, scsi.target, scsi.lun);
                Place { bus_type: DiskBusType::Scsi, ccw, bus, target, unit, ..UNKNOWN }
            }
        }
    }
}

/// A PCI function that disks are attached to.
struct Controller<'p> {
    directory: &'p Path,
    pci: PciAddress,
    driver: Driver,
}

/// The drivers whose disks have a place that is known.
#[derive(Clone, Copy)]
enum Driver {
    AtaPiix,
    Sym53c8xx,
    VirtioPci,
    Ahci,
    Nvme,
    Usb,
}

impl<'p> Controller<'p> {
    /// The one nearest to the root of the device tree: bridges on the way have other drivers.
    fn of(root: &Root, path: &'p Path) -> Option<Controller<'p>> {
        let mut directories: Vec<&Path> = path.ancestors().collect();
        directories.reverse();
        directories.into_iter().find_map(|directory| {
            let pci = pci_address(directory.file_name()?.to_str()?)?;
            let driver = root.link(directory.join("driver")).ok().flatten()?;
            Some(Controller { directory, pci, driver: Driver::named(driver.file_name()?.to_str()?)? })
        })
    }

    fn place(&self, root: &Root, path: &Path) -> Place {
        let scsi = scsi_address(path);
        let port = || port(root, self.directory, path).unwrap_or(0);
        let target = || scsi.as_ref().map_or(0, |scsi| scsi.target);
        let (bus_type, bus, unit) = match (self.driver, &scsi) {
            (Driver::AtaPiix, _) => (DiskBusType::Ide, port(), target()),
            (Driver::Ahci, _) => (DiskBusType::Sata, 0, port()),
            (Driver::Sym53c8xx, _) => (DiskBusType::Scsi, 0, target()),
            (Driver::VirtioPci, Some(scsi)) => (DiskBusType::Scsi, 0, scsi.lun),
            (Driver::VirtioPci, None) => (DiskBusType::Virtio, 0, 0),
            (Driver::Nvme, _) => (DiskBusType::Nvme, 0, 0),
            (Driver::Usb, _) => (DiskBusType::Usb, 0, 0),
        };
        Place { bus_type, pci: self.pci, bus, unit, ..UNKNOWN }
    }
}

impl Driver {
    fn named(name: &str) -> Option<Driver> {
        Some(match name {
            "ata_piix" => Driver::AtaPiix,
            "sym53c8xx" => Driver::Sym53c8xx,
            "virtio-pci" => Driver::VirtioPci,
            "ahci" => Driver::Ahci,
            "nvme" => Driver::Nvme,
            "xhci_hcd" | "ehci-pci" => Driver::Usb,
            _ => return None,
        })
    }
}

/// The names along a path, those that are text.
fn names(path: &Path) -> impl Iterator<Item = &str> {
    path.iter().filter_map(|name| name.to_str())
}

/// `DDDD:BB:SS.F`, in base 16.
fn pci_address(name: &str) -> Option<PciAddress> {
    let (rest, function) = name.split_once('.')?;
    let mut parts = rest.split(':').map(|digits| i64::from_str_radix(digits, 16).ok());
    let (domain, bus, slot) = (parts.next()??, parts.next()??, parts.next()??);
    let function = i64::from_str_radix(function, 16).ok()?;
    parts.next().is_none().then_some(PciAddress { bus, slot, domain, function })
}

/// `cssN/CSSID.SSID.SUBCHANNEL/CSSID.SSID.DEVICE`, in base 16.
fn ccw_address(((css, subchannel), device): ((&str, &str), &str)) -> Option<CcwAddress> {
    number_after("css", css)?;
    let [cssid, ssid, subchno] = dotted(subchannel)?;
    let [_, _, devno] = dotted(device)?;
    Some(CcwAddress { cssid, ssid, subchno, devno })
}

fn dotted(name: &str) -> Option<[i64; 3]> {
    let numbers: Option<Vec<i64>> =
        name.split('.').map(|digits| i64::from_str_radix(digits, 16).ok()).collect();
    numbers?.try_into().ok()
}

struct ScsiAddress {
    channel: i64,
    target: i64,
    lun: i64,
}

/// `HOST:CHANNEL:TARGET:LUN`.
fn scsi_address(path: &Path) -> Option<ScsiAddress> {
    names(path).find_map(|name| {
        let numbers: Option<Vec<i64>> = name.split(':').map(|digits| digits.parse().ok()).collect();
        let [_, channel, target, lun] = numbers?.try_into().ok()?;
        Some(ScsiAddress { channel, target, lun })
    })
}

/// Which of the controller's ATA ports, by number, the path goes through.
fn port(root: &Root, controller: &Path, path: &Path) -> Option<i64> {
    let own = names(path).find_map(|name| number_after("ata", name))?;
    let entries = root.entries(controller).ok().flatten()?;
    let ports = entries.iter().filter_map(|name| number_after("ata", name.to_str()?));
    i64::try_from(ports.filter(|port| *port < own).count()).ok()
}

fn number_after(prefix: &str, name: &str) -> Option<u32> {
    name.strip_prefix(prefix)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use qga_testkit::fixture;

    /// The place of the disk at `path` where PCI functions have these drivers.
    fn place(path: &str, drivers: &[(&str, &str)]) -> Place {
        let link = |(function, driver): &(&str, &str)| {
            format!("{function}/driver -> /sys/bus/pci/drivers/{driver}\n")
        };
        let tree = fixture::unpack(&drivers.iter().map(link).collect::<String>()).unwrap();
        Place::of(&Root::at(tree.path()), Path::new(path))
    }

    fn ccw(devno: i64, subchno: i64) -> CcwAddress {
        CcwAddress { cssid: 0xfe, ssid: 1, subchno, devno }
    }

    #[test]
    fn a_mainframe_has_channels_instead_of_pci() {
        let disk = place("/sys/devices/css0/fe.1.0a0b/fe.0.1234/virtio3/block/vda/vda1", &[]);
        let expected = Place { bus_type: DiskBusType::Virtio, ccw: Some(ccw(0x1234, 0xa0b)), ..UNKNOWN };
        assert_eq!(disk, expected);
        let path = "/sys/devices/css0/fe.1.0002/fe.0.0007/virtio1/host0/target0:1:5/0:1:5:9/block/sda";
        let expected = Place {
            bus_type: DiskBusType::Scsi,
            ccw: Some(ccw(7, 2)),
            bus: 1,
            target: 5,
            unit: 9,
            ..UNKNOWN
        };
        assert_eq!(place(path, &[]), expected);
        let expected = Place { ccw: Some(ccw(0x200, 3)), ..UNKNOWN };
        assert_eq!(place("/sys/devices/css0/fe.1.0003/fe.0.0200/block/dasda", &[]), expected);
    }

    #[test]
    fn virtio_needs_no_bus_that_is_known() {
        let disk = place("/sys/devices/platform/a003e00.virtio_mmio/virtio0/block/vda", &[]);
        assert_eq!(disk, Place { bus_type: DiskBusType::Virtio, ..UNKNOWN });
    }

    #[test]
    fn a_disk_behind_an_unknown_driver_has_no_place() {
        let path = "/sys/devices/pci0000:00/0000:00:0b.0/host3/target3:0:0/3:0:0:0/block/sda";
        assert_eq!(place(path, &[("/sys/devices/pci0000:00/0000:00:0b.0", "vmw_pvscsi")]), UNKNOWN);
        assert_eq!(place(path, &[]), UNKNOWN);
        assert_eq!(place("/sys/devices/vbd-51712/block/xvda", &[]), UNKNOWN);
    }

    #[test]
    fn a_bridge_on_the_way_is_not_the_controller() {
        let path = "/sys/devices/pci0001:00/0001:00:01.0/0001:1f:02.7/virtio5/block/vdf";
        let drivers = [
            ("/sys/devices/pci0001:00/0001:00:01.0", "pcieport"),
            ("/sys/devices/pci0001:00/0001:00:01.0/0001:1f:02.7", "virtio-pci"),
        ];
        let pci = PciAddress { domain: 1, bus: 0x1f, slot: 2, function: 7 };
        assert_eq!(place(path, &drivers), Place { bus_type: DiskBusType::Virtio, pci, ..UNKNOWN });
    }

    #[test]
    fn names_that_are_no_addresses_are_none() {
        for name in ["", "0000:00:1f", "0000:00.2", "0000:00:1f.x", "a:b:c:d.e", "0000:00:1f.2.1"] {
            assert_eq!(pci_address(name), None, "{name}");
        }
        for path in ["/target0:0:0", "/0:0:0:x", "/0:0:0:0:0", "/"] {
            assert!(scsi_address(Path::new(path)).is_none(), "{path}");
        }
    }
}
