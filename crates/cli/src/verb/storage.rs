//! `qga fs` and `qga disks`.

use super::show::show;
use crate::args::Common;
use crate::layout::bar;
use crate::table::{Table, or_dash};
use indicatif::BinaryBytes;
use qga_wire::family::storage::{DiskAddress, DiskInfo, FilesystemInfo, GetDisks, GetFsinfo};

pub(crate) fn fs(common: &Common) -> anyhow::Result<()> {
    show(common, &GetFsinfo {}, |filesystems| filesystems_table(filesystems))
}

pub(crate) fn disks(common: &Common) -> anyhow::Result<()> {
    show(common, &GetDisks {}, |disks| disks_table(disks))
}

/// How wide a bar is, in characters.
const BAR: usize = 20;

fn filesystems_table(filesystems: &[FilesystemInfo]) -> Table {
    let mut table = Table::new(&["MOUNTED ON", "TYPE", "DEVICE", ">SIZE", ">USED", ">", "?DISKS"]);
    for filesystem in filesystems {
        let FilesystemInfo { mountpoint, r#type, name, total_bytes, used_bytes, disk, .. } = filesystem;
        let disks: Vec<_> = disk.iter().map(place).collect();
        table.row([
            mountpoint,
            r#type,
            name,
            &or_dash(total_bytes.map(BinaryBytes)),
            &or_dash(used_bytes.map(BinaryBytes)),
            &used_bytes.zip(*total_bytes).map(|(used, total)| bar(used, total, BAR)).unwrap_or_default(),
            &disks.join(", "),
        ]);
    }
    table
}

fn disks_table(disks: &[DiskInfo]) -> Table {
    let mut table = Table::new(&["DEVICE", "KIND", "ATTACHED TO", "?SERIAL", "?MADE OF", "?HEALTH"]);
    for disk in disks {
        let made_of = disk.dependencies.iter().flatten().cloned().collect::<Vec<_>>().join(", ");
        let kind = match (&disk.alias, disk.partition) {
            (Some(alias), _) => format!("volume {alias}"),
            (None, true) => "partition".to_owned(),
            (None, false) => "disk".to_owned(),
        };
        let address = disk.address.as_ref();
        table.row([
            disk.name.clone(),
            kind,
            or_dash(address.map(place)),
            or_dash(address.and_then(|address| address.serial.as_ref())),
            or_dash(Some(made_of).filter(|names| !names.is_empty())),
            health(disk),
        ]);
    }
    table
}

/// The bus, and where the disk is on it, if that says anything.
fn place(address: &DiskAddress) -> String {
    let bus = format!("{:?}", address.bus_type).to_lowercase();
    let device = address.dev.as_ref().map(|device| format!("{device} on ")).unwrap_or_default();
    let pci = &address.pci_controller;
    if pci.slot < 0 {
        return format!("{device}{bus}");
    }
    format!("{device}{bus} {:04x}:{:02x}:{:02x}.{:x}", pci.domain, pci.bus, pci.slot, pci.function)
}

fn health(disk: &DiskInfo) -> String {
    let Some(smart) = &disk.smart else { return "-".to_owned() };
    let verdict = if smart.critical_warning == 0 { "good" } else { "WARNS" };
    let celsius = smart.temperature.saturating_sub(273);
    format!("{verdict}, {} % used, {celsius} °C", smart.percentage_used)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Layout;
    use qga_wire::family::storage::{DiskBusType, PciAddress};

    fn address(slot: i64) -> DiskAddress {
        DiskAddress {
            ccw_address: None,
            serial: Some("s1".into()),
            bus_type: DiskBusType::Virtio,
            bus: 0,
            unit: 0,
            pci_controller: PciAddress { bus: 0, slot, domain: 0, function: 0 },
            dev: None,
            target: 0,
        }
    }

    #[test]
    fn a_filesystem_has_a_bar_when_its_size_is_told() {
        let filesystem = FilesystemInfo {
            name: "vda1".into(),
            total_bytes: Some(1 << 30),
            total_bytes_privileged: None,
            mountpoint: "/".into(),
            disk: vec![address(6)],
            used_bytes: Some(1 << 29),
            r#type: "ext4".into(),
        };
        let unsized_one =
            FilesystemInfo { total_bytes: None, used_bytes: None, disk: vec![], ..filesystem.clone() };
        let text = filesystems_table(&[filesystem, unsized_one]).laid_out(None);
        assert!(
            text.contains("1.00 GiB  512.00 MiB  ██████████░░░░░░░░░░  50 %  virtio 0000:00:06.0\n"),
            "{text}"
        );
        assert!(text.ends_with("  -           -\n"), "{text}");
    }

    #[test]
    fn a_disk_says_what_it_is_and_where() {
        let disk = DiskInfo {
            name: "/dev/vda".into(),
            smart: None,
            dependencies: None,
            partition: false,
            address: Some(address(-1)),
            alias: None,
        };
        let part = DiskInfo {
            name: "/dev/vda1".into(),
            partition: true,
            dependencies: Some(vec!["/dev/vda".into()]),
            address: None,
            ..disk.clone()
        };
        let text = disks_table(&[disk, part]).laid_out(None);
        assert!(text.contains("/dev/vda   disk       virtio       s1      -         -\n"), "{text}");
        assert!(text.contains("/dev/vda1  partition  -            -       /dev/vda  -\n"), "{text}");
    }
}
