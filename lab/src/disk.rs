//! Disks of a guest: image files on the host.

use crate::program;
use anyhow::{Context, Result};
use std::{
    fs::File,
    path::{Path, PathBuf},
};

/// Extended options of mkfs.ext4.
const EXT4_EXTENDED: &str = "nodiscard,lazy_itable_init=0,lazy_journal_init=0";

/// What mkfs on the host puts on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filesystem {
    /// With a journal.
    Ext4,
    /// At least 300 MiB.
    Xfs,
    /// At least 110 MiB.
    Btrfs,
}

/// How the disk is attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bus {
    /// virtio-blk: `/dev/vda` and so on, in order.
    VirtioBlk,
    /// virtio-blk that refuses to discard.
    VirtioBlkWithoutDiscard,
    /// virtio-scsi.
    VirtioScsi,
    /// A CD in a drive that is unit 3 of a virtio-scsi controller.
    ScsiCd,
    /// The SATA port with this number, of the newer board.
    Sata(u8),
    /// A USB stick on a controller of its own.
    Usb,
    /// An NVMe controller of its own.
    Nvme,
}

/// One disk.
#[derive(Debug, Clone)]
#[must_use = "a disk is part of nothing until it is given to a layout"]
pub struct Disk {
    /// Name of drive and image, and the filesystem's label.
    pub name: &'static str,
    /// In MiB; the image file has holes.
    pub size: u64,
    /// How it is attached.
    pub bus: Bus,
    /// What is on it, and where the guest mounts that.
    pub mounted: Option<(Filesystem, &'static str)>,
    /// The image that it begins as a copy of.
    pub copied: Option<PathBuf>,
}

impl Disk {
    /// An empty virtio-blk disk of so many MiB.
    pub fn empty(name: &'static str, size: u64) -> Self {
        Self { name, size, bus: Bus::VirtioBlk, mounted: None, copied: None }
    }

    /// A virtio-blk disk with a filesystem, just big enough, mounted there.
    pub fn with(filesystem: Filesystem, name: &'static str, path: &'static str) -> Self {
        let size = match filesystem {
            Filesystem::Ext4 => 64,
            Filesystem::Xfs => 320,
            Filesystem::Btrfs => 128,
        };
        Self { mounted: Some((filesystem, path)), ..Self::empty(name, size) }
    }

    /// A virtio-blk disk that begins as a copy of an image.
    pub fn copy_of(image: PathBuf, name: &'static str) -> Self {
        Self { copied: Some(image), ..Self::empty(name, 0) }
    }

    /// The same disk attached otherwise.
    pub fn on(self, bus: Bus) -> Self {
        Self { bus, ..self }
    }

    /// The same disk with so many MiB.
    pub fn sized(self, size: u64) -> Self {
        Self { size, ..self }
    }

    /// The image's file name in the guest's directory.
    pub fn image(&self) -> String {
        image_name(self.name)
    }

    pub(crate) fn create(&self, directory: &Path) -> Result<()> {
        let path = directory.join(self.image());
        if let Some(image) = &self.copied {
            return copy(image, &path);
        }
        let file = File::create(&path).with_context(|| format!("cannot make {}", path.display()))?;
        file.set_len(self.size << 20)?;
        let Some((filesystem, _)) = self.mounted else { return Ok(()) };
        // No discarding by mkfs, so that what fstrim gives back later is its own doing, and nothing left to the guest
        // to initialise, so that the image does not grow by itself.
        let (mkfs, options): (&str, &[&str]) = match filesystem {
            Filesystem::Ext4 => ("mkfs.ext4", &["-q", "-F", "-E", EXT4_EXTENDED, "-L"]),
            Filesystem::Xfs => ("mkfs.xfs", &["-q", "-f", "-K", "-L"]),
            Filesystem::Btrfs => ("mkfs.btrfs", &["-q", "-f", "-K", "-L"]),
        };
        let path = path.to_string_lossy();
        program::run(mkfs, &[options, &[self.name, &path]].concat())?;
        Ok(())
    }

    pub(crate) fn arguments(&self) -> Vec<String> {
        let name = self.name;
        let device = match self.bus {
            Bus::VirtioBlk => format!("virtio-blk-pci,drive={name}"),
            Bus::VirtioBlkWithoutDiscard => format!("virtio-blk-pci,discard=off,drive={name}"),
            Bus::VirtioScsi => format!("scsi-hd,bus=scsi-{name}.0,drive={name}"),
            Bus::ScsiCd => format!("scsi-cd,lun=3,bus=scsi-{name}.0,drive={name}"),
            Bus::Sata(port) => format!("ide-hd,bus=ide.{port},drive={name}"),
            Bus::Usb => format!("usb-storage,bus=usb-{name}.0,drive={name}"),
            Bus::Nvme => format!("nvme,drive={name}"),
        };
        let drive = format!("if=none,id={name},format=raw,file={},discard=unmap,cache=unsafe", self.image());
        let mut arguments = vec!["-drive".to_owned(), drive];
        if let Some(controller) = self.controller() {
            arguments.extend(["-device".to_owned(), controller]);
        }
        let device = format!("{device},serial={name}");
        arguments.extend(["-device".to_owned(), device]);
        arguments
    }

    /// What QEMU is to add for the disk to be attached to.
    fn controller(&self) -> Option<String> {
        let name = self.name;
        match self.bus {
            Bus::VirtioScsi | Bus::ScsiCd => Some(format!("virtio-scsi-pci,id=scsi-{name}")),
            Bus::Usb => Some(format!("qemu-xhci,id=usb-{name}")),
            Bus::VirtioBlk | Bus::VirtioBlkWithoutDiscard | Bus::Sata(_) | Bus::Nvme => None,
        }
    }

    pub(crate) fn modules(&self) -> Vec<&'static str> {
        let mut modules = match self.bus {
            Bus::VirtioBlk | Bus::VirtioBlkWithoutDiscard => vec!["virtio_blk"],
            Bus::VirtioScsi => vec!["virtio_scsi", "sd_mod"],
            Bus::ScsiCd => vec!["virtio_scsi", "sr_mod"],
            Bus::Sata(_) => vec!["ahci", "sd_mod"],
            Bus::Usb => vec!["xhci_pci", "usb_storage", "sd_mod"],
            Bus::Nvme => vec!["nvme"],
        };
        modules.extend(match self.mounted {
            Some((Filesystem::Ext4, _)) => Some("ext4"),
            Some((Filesystem::Xfs, _)) => Some("xfs"),
            Some((Filesystem::Btrfs, _)) => Some("btrfs"),
            None => None,
        });
        modules
    }

    /// Shell commands that mount it, by its label, as the order in which disks are found is not certain.
    pub(crate) fn setup(&self) -> String {
        let Some((filesystem, path)) = self.mounted else { return String::new() };
        let kind = match filesystem {
            Filesystem::Ext4 => "ext4",
            Filesystem::Xfs => "xfs",
            Filesystem::Btrfs => "btrfs",
        };
        format!("mkdir -p {path}; until mount -t {kind} LABEL={} {path}; do usleep 100000; done\n", self.name)
    }
}

/// Copies an image without filling its holes.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    program::run("cp", &["--sparse=always".as_ref(), from.as_os_str(), to.as_os_str()])?;
    Ok(())
}

pub(crate) fn image_name(disk: &str) -> String {
    format!("disk-{disk}.img")
}
