//! Disks on each bus, what is made of them, and what is mounted from them.

use anyhow::{Context, Result, bail};
use qga_lab::{Guest, layouts};
use serde_json::{Value, json};

/// For each disk: its serial number as udev tells it, its bus, its unit there, and the driver of its controller.
const DISKS: &[(&str, &str, u32, &str)] = &[
    ("ext4", "virtio", 0, "virtio-pci"),
    ("parted", "virtio", 0, "virtio-pci"),
    ("0QEMU_QEMU_HARDDISK_pv-scsi", "scsi", 0, "virtio-pci"),
    ("0QEMU_QEMU_CD-ROM_cd", "scsi", 3, "virtio-pci"),
    ("QEMU_HARDDISK_xfs", "sata", 2, "ahci"),
    ("QEMU_NVMe_Ctrl_pv-nvme_1", "nvme", 0, "nvme"),
    ("QEMU_QEMU_HARDDISK_btrfs-0:0", "usb", 0, "xhci_hcd"),
];

/// In one test, as the guest takes long to boot.
#[test]
fn disks_are_known_by_serial_number_and_place() -> Result<()> {
    let mut guest = layouts::everything().boot()?;
    each_disk_tells_where_it_is(&mut guest)?;
    partitions_and_volumes_tell_what_they_are_made_of(&mut guest)?;
    filesystems_tell_their_disks(&mut guest)?;
    sizes_are_those_that_the_guest_tells(&mut guest)?;
    counters_are_those_of_the_kernel(&mut guest)
}

fn each_disk_tells_where_it_is(guest: &mut Guest) -> Result<()> {
    let disks = list(guest, "guest-get-disks")?;
    for (serial, bus, unit, driver) in DISKS {
        let disk = disks.iter().find(|disk| disk.pointer("/address/serial") == Some(&json!(serial)));
        let disk = disk.with_context(|| format!("no disk {serial} among {disks:?}"))?;
        let address = &disk["address"];
        assert_eq!((&address["bus-type"], &address["unit"]), (&json!(bus), &json!(unit)), "{serial}");
        assert_eq!((&address["bus"], &address["target"]), (&json!(0), &json!(0)), "{serial}");
        assert_eq!(address["dev"], disk["name"]);
        assert_eq!((&disk["partition"], &disk["dependencies"]), (&json!(false), &json!([])), "{serial}");
        assert_eq!(driver_at(guest, &address["pci-controller"])?, *driver, "{serial}");
        assert_eq!(disk.get("smart").is_some(), *bus == "nvme", "{serial}");
    }
    Ok(())
}

/// The driver of the PCI function.
fn driver_at(guest: &mut Guest, place: &Value) -> Result<String> {
    let number = |name: &str| place[name].as_u64().with_context(|| format!("no {name}: {place}"));
    let (domain, bus, slot) = (number("domain")?, number("bus")?, number("slot")?);
    let function = format!("{domain:04x}:{bus:02x}:{slot:02x}.{}", number("function")?);
    guest.sh(&format!("basename $(readlink /sys/bus/pci/devices/{function}/driver)"))
}

fn partitions_and_volumes_tell_what_they_are_made_of(guest: &mut Guest) -> Result<()> {
    let disks = list(guest, "guest-get-disks")?;
    let partition = json!({ "name": "/dev/vdb2", "partition": true, "dependencies": ["/dev/vdb"] });
    assert!(disks.contains(&partition), "{disks:?}");
    let volume = disks.iter().find(|disk| disk["alias"] == "group--1-data").context("no volume")?;
    let mut parts: Vec<&str> =
        volume["dependencies"].as_array().context("no list")?.iter().filter_map(Value::as_str).collect();
    parts.sort_unstable();
    let scsi = guest.sh("readlink -f /dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_pv-scsi")?;
    assert_eq!(parts, ["/dev/nvme0n1", &scsi, "/dev/vdb2"]);
    assert_eq!(volume.get("address"), None);
    let loop_device = json!({ "name": "/dev/loop3", "partition": false, "dependencies": [] });
    assert!(disks.contains(&loop_device), "{disks:?}");
    Ok(())
}

fn filesystems_tell_their_disks(guest: &mut Guest) -> Result<()> {
    let filesystems = list(guest, "guest-get-fsinfo")?;
    let told: Vec<(&str, &str, Vec<&str>)> = filesystems
        .iter()
        .map(|filesystem| {
            let text = |name: &str| filesystem[name].as_str().unwrap_or_default();
            let disks = filesystem["disk"].as_array().into_iter().flatten();
            let mut serials: Vec<&str> = disks.filter_map(|disk| disk["serial"].as_str()).collect();
            serials.sort_unstable();
            (text("mountpoint"), text("type"), serials)
        })
        .collect();
    let scsi = "0QEMU_QEMU_HARDDISK_pv-scsi";
    let expected = [
        ("/mnt/loop", "ext4", vec![]),
        ("/mnt/lvm", "ext4", vec![scsi, "QEMU_NVMe_Ctrl_pv-nvme_1", "parted"]),
        ("/mnt/with space", "ext4", vec!["parted"]),
        ("/mnt/btrfs", "btrfs", vec!["QEMU_QEMU_HARDDISK_btrfs-0:0"]),
        ("/mnt/xfs", "xfs", vec!["QEMU_HARDDISK_xfs"]),
        ("/mnt/ext4", "ext4", vec!["ext4"]),
    ];
    assert_eq!(told, expected);
    Ok(())
}

fn sizes_are_those_that_the_guest_tells(guest: &mut Guest) -> Result<()> {
    // Size of a block, and how many there are in all, free, and free for users.
    let told = guest.sh("stat -f -c '%S %b %f %a' '/mnt/with space'")?;
    let numbers: Vec<u64> = told.split(' ').map(str::parse).collect::<Result<_, _>>()?;
    let [size, all, free, available] = numbers[..] else { bail!("{told}") };
    let filesystems = list(guest, "guest-get-fsinfo")?;
    let filesystem = filesystems.iter().find(|one| one["mountpoint"] == "/mnt/with space");
    let filesystem = filesystem.context("no filesystem")?;
    assert_eq!(filesystem["total-bytes-privileged"], all * size);
    assert_eq!(filesystem["used-bytes"], (all - free) * size);
    assert_eq!(filesystem["total-bytes"], (all - free + available) * size);
    Ok(())
}

fn counters_are_those_of_the_kernel(guest: &mut Guest) -> Result<()> {
    let statistics = list(guest, "guest-get-diskstats")?;
    let named: Vec<&str> = statistics.iter().filter_map(|one| one["name"].as_str()).collect();
    let lines = guest.sh("awk '{ print $3 }' /proc/diskstats")?;
    assert_eq!(named, lines.lines().collect::<Vec<_>>());
    // Nobody uses the disc in the drive.
    let disc = statistics.iter().find(|one| one["name"] == "sr0").context("no disc")?;
    // Behind number and name of the device: https://docs.kernel.org/admin-guide/iostats.html
    for (column, name) in [(4, "read-ios"), (6, "read-sectors"), (7, "read-ticks"), (20, "flush-ticks")] {
        let told = disc.pointer(&format!("/stats/{name}")).context(name)?;
        assert_eq!(
            told.to_string(),
            guest.sh(&format!("awk '/ sr0 /{{ print ${column} }}' /proc/diskstats"))?
        );
    }
    Ok(())
}

fn list(guest: &mut Guest, command: &str) -> Result<Vec<Value>> {
    Ok(guest.call(command, json!({}))?.as_array().context("no list")?.clone())
}
