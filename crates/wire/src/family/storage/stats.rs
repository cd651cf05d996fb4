//! What goes through the block devices.

use crate::{Command, Schema};
use serde::{Deserialize, Serialize};

/// Tells what went through each block device since the guest started.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-get-diskstats", since = "7.1", returns = Vec<DiskStatsInfo>, effect = Read)]
pub struct GetDiskstats {}

/// What went through a block device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct DiskStatsInfo {
    /// The device's name, as the kernel calls it.
    pub name: String,
    /// What went through it.
    pub stats: DiskStats,
    /// The second half of its number: the device among the driver's.
    pub minor: u64,
    /// The first half of its number: the driver.
    pub major: u64,
}

/// What went through a block device since the guest started.
///
/// A sector has 512 bytes. Members are left out when the kernel is too old to count them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "kebab-case")]
pub struct DiskStats {
    /// Sectors discarded.
    pub discard_sectors: Option<u64>,
    /// Writes done.
    pub write_ios: Option<u64>,
    /// Discards done.
    pub discard_ios: Option<u64>,
    /// Time that discards took, in milliseconds.
    pub discard_ticks: Option<u64>,
    /// Time that all requests took together, waiting included, in milliseconds.
    pub weight_ticks: Option<u64>,
    /// Reads done.
    pub read_ios: Option<u64>,
    /// Flushes done.
    pub flush_ios: Option<u64>,
    /// Sectors written.
    pub write_sectors: Option<u64>,
    /// Writes that were joined with others before they were done.
    pub write_merges: Option<u64>,
    /// Time that writes took, in milliseconds.
    pub write_ticks: Option<u64>,
    /// Requests that are not done yet.
    pub ios_pgr: Option<u64>,
    /// Sectors read.
    pub read_sectors: Option<u64>,
    /// Reads that were joined with others before they were done.
    pub read_merges: Option<u64>,
    /// Time during which there was anything to do, in milliseconds.
    pub total_ticks: Option<u64>,
    /// Discards that were joined with others before they were done.
    pub discard_merges: Option<u64>,
    /// Time that flushes took, in milliseconds.
    pub flush_ticks: Option<u64>,
    /// Time that reads took, in milliseconds.
    pub read_ticks: Option<u64>,
}
