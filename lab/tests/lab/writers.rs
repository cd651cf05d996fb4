//! Programs in a guest that write all the time, and so are seen to wait and to go on.

use anyhow::{Context, Result};
use qga_lab::Guest;

/// Where the filesystems of [`layouts::three_filesystems`](qga_lab::layouts::three_filesystems) are.
pub(crate) const PLACES: [&str; 3] = ["/mnt/ext4", "/mnt/xfs", "/mnt/btrfs"];

/// A process for each filesystem of [`PLACES`].
pub(crate) fn start(guest: &mut Guest) -> Result<()> {
    start_in(guest, &PLACES)
}

/// A process for each of these directories that adds a line to a file fifty times a second: how long the guest has
/// run, in seconds. Its id is in the file `/run/writer.NAME`, NAME being the directory's.
pub(crate) fn start_in(guest: &mut Guest, places: &[&str]) -> Result<()> {
    for place in places {
        let name = place.rsplit('/').next().context("a directory without a name")?;
        guest.sh(&format!(
            "(while :; do read -r now rest </proc/uptime; echo $now >>{place}/lines; sleep 0.02; done) \
             >/dev/null 2>&1 & echo $! >/run/writer.{name}"
        ))?;
        guest.wait_for(&format!("grep -c . {place}/lines >/dev/null && echo some"), "some")?;
    }
    Ok(())
}

/// How many lines there are in each file of [`PLACES`].
pub(crate) fn written(guest: &mut Guest) -> Result<Vec<u32>> {
    PLACES.iter().map(|place| Ok(guest.sh(&format!("grep -c . {place}/lines"))?.parse()?)).collect()
}

/// Sees that the files of [`PLACES`] get more lines than these.
pub(crate) fn assert_they_go_on(guest: &mut Guest, before: &[u32]) -> Result<()> {
    for (place, lines) in PLACES.iter().zip(before) {
        let more = format!("[ $(grep -c . {place}/lines) -gt {lines} ] && echo more");
        guest.wait_for(&more, "more").with_context(|| format!("{place} is not written to"))?;
    }
    Ok(())
}

/// Waits until something is written after that time to each of these directories; how many seconds after it that was
/// at the latest.
pub(crate) fn first_after(guest: &mut Guest, places: &[&str], time: &str) -> Result<f64> {
    let mut latest = 0_f64;
    for place in places {
        let first = format!("awk '$1 > {time} {{ print $1 - {time}; exit }}' {place}/lines");
        guest
            .wait_for(&format!("[ -n \"$({first})\" ] && echo some"), "some")
            .with_context(|| format!("{place} is not written to"))?;
        latest = latest.max(guest.sh(&first)?.parse()?);
    }
    Ok(latest)
}
