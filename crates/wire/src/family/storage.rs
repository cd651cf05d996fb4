//! Disks and filesystems of the guest, and what goes through them.

use crate::{Command, Schema};
use serde::{Deserialize, Serialize};

mod smart;
mod stats;

pub use smart::DiskSmart;
pub use stats::{DiskStats, DiskStatsInfo, GetDiskstats};

/// Lists the disks that have a medium, and their partitions.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-get-disks", since = "5.2", returns = Vec<DiskInfo>, effect = Read)]
pub struct GetDisks {}

/// A disk or a partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct DiskInfo {
    /// The path of its device in the guest.
    pub name: String,
    /// The drive's own report on its health; only for NVMe, and if the agent may ask.
    pub smart: Option<DiskSmart>,
    /// The devices that it is made of: the disk of a partition, the volumes below a logical one.
    pub dependencies: Option<Vec<String>>,
    /// Whether it is a partition.
    pub partition: bool,
    /// Where a disk is attached; left out for partitions and for disks made of software.
    pub address: Option<DiskAddress>,
    /// The name of a device-mapper volume, as udev knows it.
    pub alias: Option<String>,
}

/// Lists the mounted filesystems that have a disk, the last mounted first.
///
/// Each filesystem is told once, with its first mount point. One that does not say its size in time is told
/// without.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-get-fsinfo", since = "2.2", returns = Vec<FilesystemInfo>, effect = Read)]
pub struct GetFsinfo {}

/// A mounted filesystem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "kebab-case")]
pub struct FilesystemInfo {
    /// The name of the device that holds it, as the kernel calls it.
    pub name: String,
    /// What users without privileges can have in it, in bytes.
    pub total_bytes: Option<u64>,
    /// What root can have in it, in bytes.
    pub total_bytes_privileged: Option<u64>,
    /// Where it is mounted.
    pub mountpoint: String,
    /// The disks that it is on.
    pub disk: Vec<DiskAddress>,
    /// What is used of it, in bytes.
    pub used_bytes: Option<u64>,
    /// Its type: `ext4`.
    pub r#type: String,
}

/// Where a disk is attached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "kebab-case")]
pub struct DiskAddress {
    /// Its place on the channel subsystem, in guests that have one.
    pub ccw_address: Option<CcwAddress>,
    /// The serial number, as udev makes it of what the disk tells.
    pub serial: Option<String>,
    /// What it is attached to.
    pub bus_type: DiskBusType,
    /// The bus, among those of the controller.
    pub bus: i64,
    /// The unit, among those of the target.
    pub unit: i64,
    /// The controller.
    pub pci_controller: PciAddress,
    /// The path of its device in the guest.
    pub dev: Option<String>,
    /// The target, among those of the bus.
    pub target: i64,
}

/// The place of a function on the PCI bus; -1 in each member when it is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct PciAddress {
    /// The bus.
    pub bus: i64,
    /// The slot on the bus.
    pub slot: i64,
    /// The domain.
    pub domain: i64,
    /// The function of the device in the slot.
    pub function: i64,
}

/// The place of a device on the channel subsystem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct CcwAddress {
    /// The channel subsystem.
    pub cssid: i64,
    /// The set of subchannels.
    pub ssid: i64,
    /// The subchannel in the set.
    pub subchno: i64,
    /// The device's own number.
    pub devno: i64,
}

/// What a disk is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "lowercase")]
pub enum DiskBusType {
    /// Parallel ATA.
    Ide,
    /// A floppy disk controller.
    Fdc,
    /// SCSI.
    Scsi,
    /// A virtio block device.
    Virtio,
    /// A Xen block device.
    Xen,
    /// USB.
    Usb,
    /// A block device of User-mode Linux.
    Uml,
    /// Serial ATA.
    Sata,
    /// A card reader.
    Sd,
    /// None that the agent knows.
    Unknown,
    /// Firewire.
    Ieee1394,
    /// Serial storage architecture.
    Ssa,
    /// Fibre channel.
    Fibre,
    /// A RAID controller.
    Raid,
    /// SCSI over a network.
    Iscsi,
    /// SCSI over serial lines.
    Sas,
    /// An embedded memory card.
    Mmc,
    /// A disk made of software.
    Virtual,
    /// A disk made of software and kept in a file.
    #[serde(rename = "file-backed-virtual")]
    FileBackedVirtual,
    /// NVMe.
    Nvme,
}
