//! Programs in a guest that write all the time, and so are seen to wait and to go on.

use anyhow::{Context, Result};
use qga_lab::Guest;

/// The filesystems of [`layouts::three_filesystems`](qga_lab::layouts::three_filesystems), each below `/mnt`.
pub(crate) const FILESYSTEMS: [&str; 3] = ["ext4", "xfs", "btrfs"];

/// A process for each filesystem that adds a line to a file fifty times a second.
pub(crate) fn start(guest: &mut Guest) -> Result<()> {
    for filesystem in FILESYSTEMS {
        guest.sh(&format!(
            "(while :; do echo line >>/mnt/{filesystem}/lines; usleep 20000; done) >/dev/null 2>&1 & \
             echo $! >/run/writer.{filesystem}"
        ))?;
        guest.wait_for(&format!("grep -c . /mnt/{filesystem}/lines >/dev/null && echo some"), "some")?;
    }
    Ok(())
}

/// How many lines there are in each file.
pub(crate) fn written(guest: &mut Guest) -> Result<Vec<u32>> {
    FILESYSTEMS
        .iter()
        .map(|filesystem| Ok(guest.sh(&format!("grep -c . /mnt/{filesystem}/lines"))?.parse()?))
        .collect()
}

pub(crate) fn assert_they_go_on(guest: &mut Guest, before: &[u32]) -> Result<()> {
    for (filesystem, lines) in FILESYSTEMS.iter().zip(before) {
        let more = format!("[ $(grep -c . /mnt/{filesystem}/lines) -gt {lines} ] && echo more");
        guest.wait_for(&more, "more").with_context(|| format!("{filesystem} is not written to"))?;
    }
    Ok(())
}
