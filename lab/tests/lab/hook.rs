//! Freeze hooks that hang, and agents that end while one runs.

use crate::guardian::GUARDIANS;
use anyhow::{Result, ensure};
use qga_lab::{Guest, layouts};
use serde_json::json;

/// Notes its argument, and hangs if that is `freeze`.
const HANGING: &str = "#!/bin/sh\necho $1 >>/run/hook.log\n[ $1 = thaw ] || exec sleep 1000\n";

#[test]
fn a_hook_that_hangs_is_killed_and_nothing_is_frozen() -> Result<()> {
    let mut guest = guest_with_hanging_hook("--hook-timeout=1")?;
    let refusal = guest.refusal("guest-fsfreeze-freeze", json!({}))?;
    ensure!(refusal.description.contains("killed after 1 second"), "{refusal}");
    assert_eq!(guest.call("guest-fsfreeze-status", json!({}))?, json!("thawed"));
    assert_eq!(guest.sh("cat /run/hook.log; pidof sleep; true")?, "freeze");
    guest.sh("echo text >/mnt/ext4/file")?;
    guest.wait_for(GUARDIANS, "")
}

#[test]
fn a_hook_that_hangs_holds_up_neither_ping_nor_thaw() -> Result<()> {
    let mut guest = guest_with_hanging_hook("")?;
    start_freeze(&mut guest)?;
    guest.sync()?;
    assert_eq!(guest.call("guest-ping", json!({}))?, json!({}));
    assert_eq!(guest.call("guest-fsfreeze-thaw", json!({}))?, json!(0));
    guest.sh("kill $(pidof sleep)")?;
    guest.wait_for("cat /run/hook.log", "freeze\nthaw")?;
    guest.wait_for(GUARDIANS, "")?;
    assert_eq!(guest.call("guest-fsfreeze-status", json!({}))?, json!("thawed"));
    guest.sh("echo text >/mnt/ext4/file")?;
    Ok(())
}

#[test]
fn a_hook_is_told_that_all_is_over_when_the_agent_is_killed_while_it_runs() -> Result<()> {
    let mut guest = guest_with_hanging_hook("")?;
    start_freeze(&mut guest)?;
    guest.kill_agent()?;
    guest.wait_for("cat /run/hook.log", "freeze\nthaw")?;
    guest.wait_for(GUARDIANS, "")?;
    guest.sh("echo text >/mnt/ext4/file")?;
    guest.sh("/lab/start-agent")?;
    guest.sync()?;
    assert_eq!(guest.call("guest-fsfreeze-status", json!({}))?, json!("thawed"));
    Ok(())
}

fn guest_with_hanging_hook(options: &str) -> Result<Guest> {
    let mut guest = layouts::three_filesystems().start()?;
    guest.sh(&format!("printf '{HANGING}' >/run/hanging; chmod 755 /run/hanging"))?;
    guest.restart_agent(&format!("-F/run/hanging {options}"))?;
    Ok(guest)
}

/// Has the hook begun.
fn start_freeze(guest: &mut Guest) -> Result<()> {
    guest.tell("guest-fsfreeze-freeze", json!({}))?;
    guest.wait_for("cat /run/hook.log", "freeze")
}
