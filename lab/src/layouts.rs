//! The guests that tests use. Each is booted once; a test that needs other options of the agent restarts that.

mod everything;

use crate::{Bus, Disk, Filesystem, Layout};
use anyhow::{Result, ensure};
use qga_testkit::cache;

pub use everything::everything;

/// One CPU and nothing else.
pub fn plain() -> Layout {
    Layout::new("plain")
}

/// Three filesystems, each with what it needs to be written to; `/lab/hook` notes its argument in `/run/hook.log`
/// and fails while `/run/hook.fails` exists.
pub fn three_filesystems() -> Layout {
    Layout::new("three-filesystems")
        .memory(320)
        .disk(Disk::with(Filesystem::Ext4, "ext4", "/mnt/ext4"))
        .disk(Disk::with(Filesystem::Xfs, "xfs", "/mnt/xfs"))
        .disk(Disk::with(Filesystem::Btrfs, "btrfs", "/mnt/btrfs"))
        .file("/lab/hook", 0o755, include_str!("../guest/hook"))
}

/// Filesystems on disks that pass on what is discarded, and one that does not.
pub fn trimmable() -> Layout {
    Layout::new("trimmable")
        .memory(320)
        .disk(Disk::with(Filesystem::Ext4, "ext4", "/mnt/ext4").sized(128).on(Bus::VirtioScsi))
        .disk(Disk::with(Filesystem::Xfs, "xfs", "/mnt/xfs"))
        .disk(Disk::with(Filesystem::Btrfs, "btrfs", "/mnt/btrfs").sized(256))
        .disk(Disk::with(Filesystem::Ext4, "fixed", "/mnt/fixed").on(Bus::VirtioBlkWithoutDiscard))
}

/// Two CPUs and room for a third.
pub fn two_cpus() -> Layout {
    Layout::new("two-cpus").cpus("2,maxcpus=3")
}

/// Room for more memory, which can be taken out again.
pub fn pluggable_memory() -> Layout {
    Layout::new("pluggable-memory").devices(&["-m", "slots=1,maxmem=2G"], &[]).kernel_options("movable_node")
}

/// Interfaces of all kinds: two network cards, one of them with an IPv4 label and a VLAN, a bridge, and a
/// card without an address.
pub fn networked() -> Layout {
    Layout::new("networked")
        .devices(
            &[
                "-netdev",
                "user,id=outside,restrict=on",
                "-device",
                "virtio-net-pci,netdev=outside,mac=52:54:00:00:00:01",
                "-netdev",
                "hubport,id=inside,hubid=0",
                "-device",
                "virtio-net-pci,netdev=inside,mac=52:54:00:00:00:02",
            ],
            &["virtio_net", "8021q", "bridge", "dummy"],
        )
        .late(include_str!("../guest/network"))
}

/// Goes on with the memory on the first disk; the first line does not return when there is one.
const GO_ON_FROM_VDA: &str = "cat /sys/block/vda/dev >/sys/power/resume; echo 'lab: cold boot' >/dev/console; \
                              mkswap /dev/vda >/dev/null; swapon /dev/vda";

/// A guest that comes back from all kinds of suspend: an old board, and a disk for its memory. A guest that was
/// suspended to that disk goes on when it is switched on again.
pub fn suspendable() -> Layout {
    Layout::new("suspendable").that_suspends().disk(Disk::empty("memory", 400)).early(GO_ON_FROM_VDA)
}

/// What goes into a domain of libvirt, whose devices `lab/guest/domain.xml` describes: a disk for its memory, two
/// filesystems, users, and stand-ins for programs that only note what they were told.
pub fn domain() -> Layout {
    Layout::new("domain")
        .disk(Disk::empty("memory", 400))
        .disk(Disk::with(Filesystem::Ext4, "ext4", "/mnt/ext4").sized(128))
        .disk(Disk::with(Filesystem::Xfs, "xfs", "/mnt/xfs"))
        .devices(&[], &["virtio_net"])
        .file("/lab/hook", 0o755, include_str!("../guest/hook"))
        .file(
            "/usr/sbin/chpasswd",
            0o755,
            "#!/bin/sh\nprintf '%s\\n' \"$*\" >/run/chpasswd\ncat >>/run/chpasswd\n",
        )
        .early(GO_ON_FROM_VDA)
        .late(concat!(include_str!("../guest/utmp"), include_str!("../guest/domain")))
}

/// A further serial port, and virtual sockets that lead from the guest to itself.
pub fn other_channels() -> Layout {
    Layout::new("other-channels")
        .devices(
            &["-chardev", "socket,id=isa,path=isa.sock,server=on,wait=off", "-serial", "chardev:isa"],
            &["vsock_loopback"],
        )
        .devices(
            &[
                "-chardev",
                "socket,id=relay,path=relay.sock,server=on,wait=off",
                "-device",
                "virtserialport,bus=serial.0,nr=2,chardev=relay,name=relay",
            ],
            &[],
        )
        .program("socat")
}

/// A Debian system with systemd, our agent in the place of its own: the cache's, which `cargo xtask oracle` makes.
pub fn debian() -> Result<Layout> {
    let image = cache::debian_disk()?;
    ensure!(image.exists(), "{} is missing; make it with: cargo xtask oracle", image.display());
    Ok(Layout::new("debian")
        .that_suspends()
        .memory(512)
        .cpus("2")
        .devices(&[], &["virtio_blk", "ext4", "autofs4"])
        .disk(Disk::copy_of(image, "system"))
        .file("/lab/lab-shell.service", 0o644, include_str!("../guest/lab-shell.service"))
        .kernel_options("systemd.show_status=0")
        .early(include_str!("../guest/switch-to-debian"))
        .settled("systemctl is-system-running --wait"))
}

/// Where the exchanges of `tests/transcripts/vm.jsonl` were recorded, but for the bus of one disk, and for the
/// directory by which systemd is known to run: its `systemctl` is a stand-in.
pub fn recorded() -> Layout {
    recorded_on("recorded", Bus::VirtioBlk)
}

/// The same with that disk on NVMe, whose state QEMU cannot save: it must be booted.
pub fn recorded_with_nvme() -> Layout {
    recorded_on("recorded-with-nvme", Bus::Nvme)
}

fn recorded_on(name: &'static str, bus: Bus) -> Layout {
    Layout::new(name)
        .cpus("2")
        .disk(Disk::with(Filesystem::Ext4, "a", "/a"))
        .disk(Disk::with(Filesystem::Ext4, "sub", "/a/sub"))
        .disk(Disk::with(Filesystem::Ext4, "c", "/c").on(bus))
        .file("/lab/recorded-hook", 0o755, include_str!("../guest/recorded-hook"))
        .file("/lab/fake", 0o755, include_str!("../guest/fake"))
        .without(&["/sbin/shutdown", "/sbin/poweroff", "/sbin/halt", "/sbin/reboot", "/sbin/hwclock"])
        .late(
            "mkdir -p /b /c/d /run/systemd/system; mount --bind /a/sub /b; mount -t tmpfs tmpfs /c/d; \
             cp /lab/recorded-hook /tmp/hook; cp /lab/fake /tmp/fake; /lab/start-agent",
        )
}
