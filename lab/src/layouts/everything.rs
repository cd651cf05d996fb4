//! One guest with all that the commands tell of.

use crate::{Bus, Disk, Filesystem, Layout, layouts};

/// Disks on each bus with serial numbers, partitions, a volume group, filesystems of all kinds mounted in all ways,
/// network interfaces of all kinds, users, two CPUs, room for more memory; and the reference agent beside the one
/// under test. NVMe makes it a guest that has to be booted.
pub fn everything() -> Layout {
    layouts::networked()
        .named("everything")
        .memory(512)
        .cpus("2,maxcpus=3")
        .with_reference()
        .disk(Disk::with(Filesystem::Ext4, "ext4", "/mnt/ext4"))
        .disk(Disk::with(Filesystem::Xfs, "xfs", "/mnt/xfs").on(Bus::Sata(2)))
        .disk(Disk::with(Filesystem::Btrfs, "btrfs", "/mnt/btrfs").on(Bus::Usb))
        .disk(Disk::empty("parted", 64))
        .disk(Disk::empty("pv-scsi", 32).on(Bus::VirtioScsi))
        .disk(Disk::empty("pv-nvme", 32).on(Bus::Nvme))
        .disk(Disk::empty("cd", 4).on(Bus::ScsiCd))
        .devices(&["-m", "slots=2,maxmem=2G"], &["dm_mod", "loop", "sit"])
        .program("mkfs.ext4")
        .program("lvm")
        .program("dmsetup")
        .program("udevadm")
        .program("/usr/lib/udev/ata_id")
        .program("/usr/lib/udev/cdrom_id")
        .program("/usr/lib/udev/scsi_id")
        .copies(UDEV_RULES)
        .copies(&["/etc/mke2fs.conf", "/usr/share/zoneinfo/America/St_Johns"])
        .late(concat!(
            include_str!("../../guest/utmp"),
            include_str!("../../guest/everything"),
            include_str!("../../guest/network")
        ))
}

/// Those that find out serial numbers and names; others would rename interfaces and start services.
const UDEV_RULES: &[&str] = &[
    "/usr/lib/udev/rules.d/50-udev-default.rules",
    "/usr/lib/udev/rules.d/55-dm.rules",
    "/usr/lib/udev/rules.d/56-lvm.rules",
    "/usr/lib/udev/rules.d/60-block.rules",
    "/usr/lib/udev/rules.d/60-cdrom_id.rules",
    "/usr/lib/udev/rules.d/60-persistent-storage.rules",
    "/usr/lib/udev/rules.d/60-persistent-storage-dm.rules",
    "/usr/lib/udev/rules.d/95-dm-notify.rules",
];
