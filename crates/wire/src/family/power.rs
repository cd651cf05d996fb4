//! Stopping the guest, and putting it to sleep.

use crate::Command;
use serde::{Deserialize, Serialize};

/// Shuts the guest down. Answers only if that cannot be begun.
///
/// Whether the guest is really down is told by QEMU, not by this command: a client must be ready for no
/// answer, and for the channel to be closed.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-shutdown", since = "0.15.0", effect = Power, silent)]
pub struct Shutdown {
    /// `powerdown` (the default), `halt` or `reboot`.
    #[command(logged)]
    pub mode: Option<String>,
}

/// Suspends the guest to disk: its memory is written out, and it is powered off. Answers only if that fails.
///
/// Tried in turn: systemd, pm-utils, the kernel's `/sys/power/state`.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-suspend-disk", since = "1.1", effect = Power, silent)]
pub struct SuspendDisk {}

/// Suspends the guest to memory, from where `system_wakeup` of QEMU wakes it. Answers only if that fails.
///
/// Tried in turn: systemd, pm-utils, the kernel's `/sys/power/state`.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-suspend-ram", since = "1.1", effect = Power, silent)]
pub struct SuspendRam {}

/// Suspends the guest to memory and has it ready on disk, too, should the host lose power. Answers only if that
/// fails.
///
/// Tried in turn: systemd, pm-utils.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-suspend-hybrid", since = "1.1", effect = Power, silent)]
pub struct SuspendHybrid {}
