//! Whether a freeze would still what it is meant to, and whether one stands.

use super::finding::Finding;
use crate::config::Config;
use crate::state::FrozenMark;
use qga_platform::Root;
use qga_platform::mounts::{self, Mount};
use qga_platform::processes::Process;

const TOPIC: &str = "freeze";

/// Filesystems of Linux that can be frozen: those with `freeze_fs` or `freeze_super` among their operations.
const FREEZABLE: [&str; 12] = [
    "ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "jfs", "nilfs2", "reiserfs", "gfs2", "bcachefs", "zonefs",
];
/// What is never written to is consistent without being frozen.
const READ_ONLY: [&str; 4] = ["iso9660", "squashfs", "erofs", "cramfs"];

pub(super) fn examine(root: &Root, config: &Config, agent: Option<&Process>) -> Vec<Finding> {
    let mut findings = vec![filesystems(root, config)];
    findings.extend(standing(root, config, agent));
    findings
}

fn filesystems(root: &Root, config: &Config) -> Finding {
    let mounts = match mounts::list(root) {
        Ok(mounts) => mounts,
        Err(error) => return Finding::problem(TOPIC, error, "is proc mounted at /proc?"),
    };
    let meant: Vec<&Mount> =
        mounts.iter().filter(|mount| !config.freeze.excludes(&mount.mount_point)).collect();
    let is_left_out = |mount: &&&Mount| ![&FREEZABLE[..], &READ_ONLY].concat().contains(&mount.kind.as_str());
    let left_out: Vec<&&Mount> = meant.iter().filter(is_left_out).collect();
    if left_out.is_empty() {
        let excluded = mounts.len() - meant.len();
        return Finding::fine(
            TOPIC,
            format_args!("filesystems to freeze: {}, excluded: {excluded}", meant.len()),
        );
    }
    let list = |show: fn(&Mount) -> String, between: &str| {
        left_out.iter().map(|mount| show(mount)).collect::<Vec<_>>().join(between)
    };
    let shown = list(|mount| format!("{} ({})", mount.mount_point.display(), mount.kind), ", ");
    let paths = list(|mount| mount.mount_point.display().to_string(), ";");
    Finding::warning(
        TOPIC,
        format_args!("cannot be frozen: {shown}; a snapshot takes them as they are"),
        format_args!("if nothing writes there, --freeze-exclude='{paths}' says that this is known"),
    )
}

/// What the mark in the state directory tells. It is taken in care by the guardian of a freeze that stands.
fn standing(root: &Root, config: &Config, agent: Option<&Process>) -> Option<Finding> {
    let mark = FrozenMark::new(&root.path(&config.statedir));
    if !mark.is_set() {
        return None;
    }
    if agent.is_some() || mark.is_cared_for() {
        let remedy =
            "if no backup is under way: qga thaw on the host; it ends by itself after freeze-timeout";
        return Some(Finding::warning(TOPIC, "filesystems are frozen just now", remedy));
    }
    let place = config.statedir.join(mark.path().file_name().unwrap_or_default());
    Some(Finding::problem(
        TOPIC,
        format_args!("{} tells of a freeze that an agent before has left", place.display()),
        format_args!(
            "have the host send guest-fsfreeze-thaw; by hand: fsfreeze --unfreeze each filesystem, rm {}, and \
             start the agent again",
            place.display()
        ),
    ))
}
