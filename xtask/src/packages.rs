//! The Debian packages that tests need, installed when that is allowed.

use std::{
    fs,
    process::{Command, Stdio},
};

use anyhow::{Result, bail};

use crate::command::{as_root, may_act_as_root, run_quietly, say};

/// What makes the reference agent's root.
pub(crate) const ORACLE: &[&str] = &["debootstrap", "debian-archive-keyring"];

/// The package that brings the newest kernel, as Debian and as Ubuntu call it.
const DEBIAN_KERNEL: &str = "linux-image-amd64";
const UBUNTU_KERNEL: &str = "linux-image-generic";

/// What builds and tests: the reference agent's root, guests with their disks and programs, and other people's hosts.
const TESTS: &[&str] = &[
    "debootstrap",
    "debian-archive-keyring",
    "qemu-system-x86",
    "busybox-static",
    "e2fsprogs",
    "xfsprogs",
    "btrfs-progs",
    "udev",
    "dmsetup",
    "lvm2",
    "passwd",
    "socat",
    "xz-utils",
    "zstd",
    "tzdata",
    "fuse3",
    "libvirt-daemon",
    "libvirt-daemon-driver-qemu",
    "libvirt-clients",
    "python3-venv",
    // For systemd-analyze, which needs no running systemd.
    "systemd",
];

/// Installs what tests need.
pub(crate) fn for_tests() -> Result<()> {
    let packages: Vec<_> = TESTS.iter().copied().chain([kernel()]).collect();
    ensure(&packages)
}

fn kernel() -> &'static str {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    if release.lines().any(|line| line == "ID=ubuntu") { UBUNTU_KERNEL } else { DEBIAN_KERNEL }
}

/// Installs those of `packages` that are missing; where that is not possible, fails with the line that does it.
pub(crate) fn ensure(packages: &[&str]) -> Result<()> {
    let missing: Vec<_> = packages.iter().copied().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    if !(has_apt() && may_act_as_root()) {
        bail!(
            "packages are missing; install them with\n  sudo apt-get install --no-install-recommends {list}"
        );
    }
    say(&format!("installing {list}"));
    run_quietly(as_root("apt-get").args(["update", "-qq"]))?;
    run_quietly(
        as_root("env")
            .args([
                "DEBIAN_FRONTEND=noninteractive",
                "apt-get",
                "install",
                "-y",
                "-qq",
                "--no-install-recommends",
            ])
            .args(&missing),
    )
}

fn is_installed(package: &str) -> bool {
    let query = Command::new("dpkg-query")
        .args(["--show", "--showformat=${db:Status-Status}", package])
        .stderr(Stdio::null())
        .output();
    query.is_ok_and(|output| output.stdout == b"installed")
}

fn has_apt() -> bool {
    Command::new("apt-get")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
