//! Freezing filesystems that are being written to.

use crate::writers;
use anyhow::{Context, Result};
use qga_lab::{Guest, layouts};
use qga_testkit::program::reference_is_under_test;
use serde_json::json;
use std::{fs, time::Duration};

#[test]
fn writers_stop_when_all_is_frozen_and_go_on_when_it_is_thawed() -> Result<()> {
    let mut guest = layouts::three_filesystems().start()?;
    writers::start(&mut guest)?;
    assert_eq!(guest.call("guest-fsfreeze-status", json!({}))?, json!("thawed"));
    assert_eq!(guest.call("guest-fsfreeze-freeze", json!({}))?, json!(3));
    assert_eq!(guest.call("guest-fsfreeze-status", json!({}))?, json!("frozen"));
    for filesystem in ["ext4", "xfs", "btrfs"] {
        // D: it waits for the kernel and cannot be interrupted.
        guest.wait_for(&format!("cut -d' ' -f3 /proc/$(cat /run/writer.{filesystem})/stat"), "D")?;
    }
    let frozen = writers::written(&mut guest)?;
    guest.sh("usleep 300000")?;
    assert_eq!(writers::written(&mut guest)?, frozen, "something was written while frozen");
    assert_eq!(guest.call("guest-fsfreeze-thaw", json!({}))?, json!(3));
    writers::assert_they_go_on(&mut guest, &frozen)?;
    assert_eq!(guest.call("guest-fsfreeze-thaw", json!({}))?, json!(0));
    Ok(())
}

#[test]
fn the_image_of_a_frozen_ext4_is_one_that_needs_no_recovery() -> Result<()> {
    let mut guest = layouts::three_filesystems().start()?;
    guest.sh("echo text >/mnt/ext4/file; sync")?;
    assert!(needs_recovery(&guest)?);
    guest.call("guest-fsfreeze-freeze", json!({}))?;
    assert!(!needs_recovery(&guest)?);
    guest.call("guest-fsfreeze-thaw", json!({}))?;
    guest.sh("echo text >/mnt/ext4/other; sync")?;
    assert!(needs_recovery(&guest)?);
    Ok(())
}

#[test]
fn the_hook_runs_before_the_freeze_and_after_the_thaw() -> Result<()> {
    let mut guest = layouts::three_filesystems().start()?;
    guest.restart_agent("-F/lab/hook")?;
    assert_eq!(guest.call("guest-fsfreeze-freeze", json!({}))?, json!(3));
    assert_eq!(guest.sh("cat /run/hook.log")?, "freeze");
    assert_eq!(guest.sh("cat /mnt/ext4/hook")?, "freeze");
    assert_eq!(guest.call("guest-fsfreeze-thaw", json!({}))?, json!(3));
    assert_eq!(guest.sh("cat /run/hook.log")?, "freeze\nthaw");
    assert_eq!(guest.sh("cat /mnt/ext4/hook")?, "thaw");
    Ok(())
}

#[test]
fn nothing_is_frozen_when_the_hook_fails() -> Result<()> {
    let mut guest = layouts::three_filesystems().start()?;
    guest.restart_agent("-F/lab/hook")?;
    guest.sh("touch /run/hook.fails")?;
    let refusal = guest.refusal("guest-fsfreeze-freeze", json!({}))?;
    assert_eq!(refusal.description, "child process has failed to execute fsfreeze hook: exit status 1");
    assert_eq!(guest.call("guest-fsfreeze-status", json!({}))?, json!("thawed"));
    guest.sh("echo text >/mnt/ext4/file")?;
    Ok(())
}

#[test]
fn a_frozen_agent_does_only_what_needs_no_disk() -> Result<()> {
    let mut guest = layouts::three_filesystems().start()?;
    guest.call("guest-fsfreeze-freeze", json!({}))?;
    let info = guest.call("guest-info", json!({}))?;
    let commands = info["supported_commands"].as_array().context("no list")?;
    for declaration in qga_wire::list::COMMANDS {
        let command = commands.iter().find(|command| command["name"] == declaration.name);
        let enabled = &command.with_context(|| format!("no {}", declaration.name))?["enabled"];
        assert_eq!(enabled, declaration.while_frozen, "{}", declaration.name);
    }
    let refusal = guest.refusal("guest-get-time", json!({}))?;
    assert_eq!(refusal.class, "CommandNotFound");
    assert_eq!(guest.call("guest-ping", json!({}))?, json!({}));
    assert_eq!(guest.call("guest-fsfreeze-thaw", json!({}))?, json!(3));
    Ok(())
}

#[test]
fn a_new_agent_thaws_what_a_killed_one_and_its_guardian_left_frozen() -> Result<()> {
    let mut guest = layouts::three_filesystems().start()?;
    writers::start(&mut guest)?;
    guest.call("guest-fsfreeze-freeze", json!({}))?;
    // Stopped first, so that it does not come before its end to what it is there for.
    guest.sh("kill -STOP $(pidof qemu-ga); kill -9 $(pidof qemu-ga)")?;
    guest.sh("/lab/start-agent")?;
    guest.sync()?;
    let frozen = writers::written(&mut guest)?;
    assert_eq!(guest.call("guest-fsfreeze-status", json!({}))?, json!("frozen"));
    assert_eq!(guest.refusal("guest-get-time", json!({}))?.class, "CommandNotFound");
    assert_eq!(guest.call("guest-fsfreeze-thaw", json!({}))?, json!(3));
    writers::assert_they_go_on(&mut guest, &frozen)?;
    assert_eq!(guest.call("guest-fsfreeze-status", json!({}))?, json!("thawed"));
    Ok(())
}

#[test]
fn a_list_freezes_what_it_names_and_nothing_else() -> Result<()> {
    let mut guest = layouts::three_filesystems().start()?;
    writers::start(&mut guest)?;
    let none = json!({ "mountpoints": ["/mnt", "/mnt/xfs/"] });
    assert_eq!(guest.call("guest-fsfreeze-freeze-list", none)?, json!(0));
    assert_eq!(guest.call("guest-fsfreeze-status", json!({}))?, json!("thawed"));
    let one = json!({ "mountpoints": ["/mnt/xfs"] });
    assert_eq!(guest.call("guest-fsfreeze-freeze-list", one)?, json!(1));
    guest.wait_for("cut -d' ' -f3 /proc/$(cat /run/writer.xfs)/stat", "D")?;
    let [ext4, xfs, btrfs] = writers::written(&mut guest)?[..] else { panic!("not three") };
    guest.wait_for(&format!("[ $(grep -c . /mnt/ext4/lines) -gt {ext4} ] && echo more"), "more")?;
    guest.wait_for(&format!("[ $(grep -c . /mnt/btrfs/lines) -gt {btrfs} ] && echo more"), "more")?;
    assert_eq!(guest.sh("grep -c . /mnt/xfs/lines")?, xfs.to_string());
    assert_eq!(guest.call("guest-fsfreeze-thaw", json!({}))?, json!(1));
    writers::assert_they_go_on(&mut guest, &[ext4, xfs, btrfs])
}

#[test]
fn what_others_froze_is_not_counted_as_frozen_but_as_thawed() -> Result<()> {
    let mut guest = layouts::three_filesystems().start()?;
    guest.sh("fsfreeze --freeze /mnt/xfs")?;
    assert_eq!(guest.call("guest-fsfreeze-freeze", json!({}))?, json!(2));
    assert_eq!(guest.call("guest-fsfreeze-thaw", json!({}))?, json!(3));
    Ok(())
}

#[test]
fn a_frozen_guest_stays_frozen_while_its_host_is_away() -> Result<()> {
    let mut guest = layouts::three_filesystems().start()?;
    guest.call("guest-fsfreeze-freeze", json!({}))?;
    guest.reconnect()?;
    assert_eq!(guest.call("guest-fsfreeze-status", json!({}))?, json!("frozen"));
    assert_eq!(guest.call("guest-fsfreeze-thaw", json!({}))?, json!(3));
    Ok(())
}

#[test]
fn a_command_that_hangs_on_a_frozen_disk_holds_up_no_sync() -> Result<()> {
    let mut guest = layouts::three_filesystems().start()?;
    guest.sh("fsfreeze --freeze /mnt/ext4")?;
    guest.tell("guest-file-open", json!({ "path": "/mnt/ext4/new", "mode": "w" }))?;
    if reference_is_under_test() {
        let synced = guest.agent.sync(Duration::from_secs(5));
        assert!(synced.is_err(), "the reference does one thing at a time");
        guest.sh("fsfreeze --unfreeze /mnt/ext4")?;
        return guest.sync();
    }
    guest.sync()?;
    assert_eq!(guest.call("guest-ping", json!({}))?, json!({}));
    guest.sh("fsfreeze --unfreeze /mnt/ext4")?;
    assert_eq!(guest.agent.until_quiet(Duration::from_millis(500))?, b"", "an answer that nobody waits for");
    assert_eq!(guest.call("guest-ping", json!({}))?, json!({}));
    Ok(())
}

#[test]
fn a_write_that_hangs_on_a_frozen_disk_holds_up_neither_sync_nor_ping() -> Result<()> {
    if reference_is_under_test() {
        return Ok(()); // It does one thing at a time.
    }
    let mut guest = layouts::three_filesystems().start()?;
    let handle = guest.call("guest-file-open", json!({ "path": "/mnt/ext4/new", "mode": "w" }))?;
    guest.sh("fsfreeze --freeze /mnt/ext4")?;
    // More than what is kept for a flush.
    guest.tell("guest-file-write", json!({ "handle": handle, "buf-b64": "AAAA".repeat(50_000) }))?;
    guest.sync()?;
    assert_eq!(guest.call("guest-ping", json!({}))?, json!({}));
    let refusal = guest.refusal("guest-file-flush", json!({ "handle": handle }))?;
    assert!(refusal.description.contains("busy"), "{refusal}");
    guest.sh("fsfreeze --unfreeze /mnt/ext4")?;
    guest.wait_for("stat -c %s /mnt/ext4/new", "150000")?;
    assert_eq!(guest.call("guest-file-close", json!({ "handle": handle }))?, json!({}));
    Ok(())
}

/// The bit of the superblock that is set while the journal may hold what the rest of the image lacks.
fn needs_recovery(guest: &Guest) -> Result<bool> {
    let image = fs::read(guest.image("ext4"))?;
    let features = image.get(1024 + 0x60).context("no superblock")?;
    Ok(features & 4 != 0)
}
