//! Many block devices: partitions of loop devices, each with a filesystem that is mounted out of everybody else's
//! sight. All of it ends with the thread that made it and the agents it started.

use super::network::once;
use crate::line::{Group, LINE, Line, Size, Target, Unit};
use anyhow::{Context, Result, ensure};
use nix::{
    mount::{MsFlags, mount},
    sched::{CloneFlags, unshare},
};
use std::{
    fs::{self, File},
    os::unix::fs::FileExt,
    process::Command,
};

const FSINFO: &str = "{\"execute\":\"guest-get-fsinfo\"}\n";
const DISKS: &str = "{\"execute\":\"guest-get-disks\"}\n";
const DISKSTATS: &str = "{\"execute\":\"guest-get-diskstats\"}\n";

pub(crate) const GROUP: Group = Group {
    title: "Many devices",
    lines: &[
        Line {
            what: "guest-get-fsinfo, 1000 filesystems",
            target: Target::Ratio { must: 0.5, should: 0.25 },
            agent: |program, _| once(program, FSINFO),
            ..MANY
        },
        Line {
            what: "guest-get-disks, 1000 partitions",
            target: Target::Ratio { must: 0.5, should: 0.25 },
            agent: |program, _| once(program, DISKS),
            ..MANY
        },
        Line {
            what: "guest-get-diskstats, 1000 partitions",
            target: Target::Ratio { must: 0.3, should: 0.2 },
            agent: |program, _| once(program, DISKSTATS),
            ..MANY
        },
    ],
};

const MANY: Line = Line {
    unit: Unit::Milliseconds,
    rounds: 5,
    size: Size::Grows { from: 250, to: 1000 },
    scene: many_devices,
    ..LINE
};

/// The kernel has numbers for 256 partitions of a disk.
const OF_A_DISK: usize = 250;
/// As small as one can be.
const FILESYSTEM_BYTES: usize = 128 << 10;
const SECTOR_BYTES: usize = 512;
/// Where the images are, and where they are mounted.
const PLACE: &str = "/mnt";

fn many_devices(count: usize) -> Result<()> {
    const NO: Option<&str> = None;
    unshare(CloneFlags::CLONE_NEWNS).context("mounts of one's own take root's rights")?;
    mount(NO, "/", NO, MsFlags::MS_PRIVATE | MsFlags::MS_REC, NO)?;
    mount(Some("none"), PLACE, Some("tmpfs"), MsFlags::empty(), NO)?;
    let filesystem = filesystem()?;
    for first in (0..count).step_by(OF_A_DISK) {
        add_disk(first, OF_A_DISK.min(count - first), &filesystem)?;
    }
    Ok(())
}

fn filesystem() -> Result<Vec<u8>> {
    let path = format!("{PLACE}/filesystem");
    File::create(&path)?.set_len(FILESYSTEM_BYTES as u64)?;
    output("mkfs.ext2", &["-q", "-F", &path])?;
    Ok(fs::read(path)?)
}

fn add_disk(number: usize, partitions: usize, filesystem: &[u8]) -> Result<()> {
    let image = format!("{PLACE}/disk{number}");
    let file = File::create(&image)?;
    file.set_len(((partitions + 1) * FILESYSTEM_BYTES) as u64)?;
    for partition in 1..=partitions {
        file.write_all_at(filesystem, (partition * FILESYSTEM_BYTES) as u64)?;
    }
    let device = output("losetup", &["--partscan", "--find", "--show", &image])?;
    let mounted = (1..=partitions).try_for_each(|partition| mount_partition(&device, partition));
    // What is mounted keeps it until the end.
    output("losetup", &["--detach", &device])?;
    mounted
}

fn mount_partition(device: &str, number: usize) -> Result<()> {
    let sectors = FILESYSTEM_BYTES / SECTOR_BYTES;
    output("addpart", &[device, &number.to_string(), &(number * sectors).to_string(), &sectors.to_string()])?;
    let partition = format!("{device}p{number}");
    let directory = format!("{PLACE}{partition}");
    fs::create_dir_all(&directory)?;
    mount(Some(&*partition), &*directory, Some("ext2"), MsFlags::MS_RDONLY, None::<&str>)
        .with_context(|| format!("cannot mount {partition}"))
}

/// What a program prints, less the end of the line.
fn output(program: &str, arguments: &[&str]) -> Result<String> {
    let output =
        Command::new(program).args(arguments).output().with_context(|| format!("cannot run {program}"))?;
    let problem = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{program}: {}", problem.trim());
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
