//! Stilling filesystems for a consistent copy, and giving unused space back.

use crate::{Command, Schema};
use serde::{Deserialize, Serialize};

/// Tells whether the agent holds filesystems frozen.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(
    name = "guest-fsfreeze-status",
    since = "0.15.0",
    returns = FreezeStatus,
    effect = Read,
    while_frozen
)]
pub struct FsfreezeStatus {}

/// Whether filesystems are frozen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "kebab-case")]
pub enum FreezeStatus {
    /// Programs in the guest write as usual.
    Thawed,
    /// What programs write waits until the thaw.
    Frozen,
}

/// Freezes all filesystems that have a disk, and answers how many.
///
/// What is in memory is written out, then writers wait until `guest-fsfreeze-thaw`. Until then only status,
/// thaw, ping, info and the two syncs work. The hook script, if there is one, runs before; if it or a
/// filesystem fails, all is thawed again. Filesystems that cannot be frozen, or that somebody else has frozen,
/// are passed over and not counted; if none is left, the guest stays thawed and the answer is 0.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-fsfreeze-freeze", since = "0.15.0", returns = i64, effect = Freeze)]
pub struct FsfreezeFreeze {}

/// Freezes chosen filesystems, and answers how many.
///
/// As `guest-fsfreeze-freeze`, for the mount points named.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-fsfreeze-freeze-list", since = "2.2", returns = i64, effect = Freeze)]
pub struct FsfreezeFreezeList {
    /// Mount points as the guest spells them, without a slash at the end; of several that show the same
    /// filesystem the first counts. Unknown ones are passed over. All when absent.
    pub mountpoints: Option<Vec<String>>,
}

/// Thaws all filesystems, and answers how many were frozen, by whomever.
///
/// May be sent at any time. The hook script runs afterwards, even if nothing was frozen; if it fails, that is
/// answered as an error although all is thawed.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(
    name = "guest-fsfreeze-thaw",
    since = "0.15.0",
    returns = i64,
    effect = Freeze,
    while_frozen
)]
pub struct FsfreezeThaw {}

/// Tells the disks of all filesystems which blocks are unused.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-fstrim", since = "1.2", returns = FilesystemTrimResponse, effect = Freeze)]
pub struct Fstrim {
    /// Free ranges shorter than this many bytes may be left alone; 0 when absent.
    pub minimum: Option<i64>,
}

/// What became of the filesystems.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct FilesystemTrimResponse {
    /// All filesystems that have a disk, the last mounted first.
    pub paths: Vec<FilesystemTrimResult>,
}

/// What became of one filesystem: either `trimmed` and `minimum`, or `error`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct FilesystemTrimResult {
    /// The shortest range that was trimmed, in bytes, as the filesystem chose it.
    pub minimum: Option<i64>,
    /// The mount point.
    pub path: String,
    /// Bytes that were told to be unused.
    pub trimmed: Option<i64>,
    /// Why it was not trimmed.
    pub error: Option<String>,
}
