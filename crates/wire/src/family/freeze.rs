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
    #[command(logged)]
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
    #[command(logged)]
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

/// Tells what became of each filesystem in the last freeze, or in the one that stands.
///
/// Filesystems that cannot be frozen make a copy of their disk inconsistent; here a host finds out which they
/// are, and which the owner of the guest has excluded.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(
    name = "__org.qga_freeze-report",
    since = "0.1.0",
    returns = FreezeAccount,
    effect = Read,
    while_frozen
)]
pub struct FreezeReport {}

/// A freeze, from its beginning to its end. Times are nanoseconds since the epoch by the guest's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct FreezeAccount {
    /// Whether filesystems are frozen now.
    pub status: FreezeStatus,
    /// When it began; left out if there was none since the agent started.
    pub began: Option<i64>,
    /// When all was thawed; left out before.
    pub ended: Option<i64>,
    /// What ended it; left out before.
    pub end: Option<FreezeEnd>,
    /// All that was to be frozen, in the order in which it was.
    pub filesystems: Vec<FilesystemFreeze>,
}

/// What ends a freeze.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "kebab-case")]
pub enum FreezeEnd {
    /// A thaw.
    Thaw,
    /// It failed, or a thaw called it off before it was complete, and what it had frozen was thawed.
    Failure,
    /// There was nothing that could be frozen.
    Nothing,
    /// It stood longer than the guest permits.
    Deadline,
}

/// What became of one filesystem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct FilesystemFreeze {
    /// The mount point.
    pub mountpoint: String,
    /// The kind of filesystem: `ext4`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What became of it.
    pub outcome: FreezeOutcome,
    /// Why it failed.
    pub reason: Option<String>,
    /// Since when it was frozen.
    pub since: Option<i64>,
}

/// What became of a filesystem that was to be frozen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "kebab-case")]
pub enum FreezeOutcome {
    /// Its turn has not come, or the freeze ended before.
    Waiting,
    /// It is being frozen.
    Freezing,
    /// It was frozen.
    Frozen,
    /// Somebody else had frozen it before.
    AlreadyFrozen,
    /// The configuration of the agent excludes it.
    Skipped,
    /// Filesystems of its kind cannot be frozen.
    Unsupported,
    /// It could not be frozen.
    Failed,
}
