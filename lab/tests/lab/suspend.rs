//! Going to sleep and coming back as the same system.

use anyhow::Result;
use qga_lab::{Guest, layouts};
use serde_json::json;
use std::time::Duration;

const QUIET: Duration = Duration::from_millis(300);

/// What only the same system still has after a sleep: a file in memory, and the kernel's name for this boot.
const IDENTITY: &str = "cat /run/nonce /proc/sys/kernel/random/boot_id";

#[test]
fn a_guest_suspended_to_memory_wakes_up_again_and_again() -> Result<()> {
    let mut guest = layouts::suspendable().start()?;
    let identity = identity(&mut guest)?;
    for _ in 0..2 {
        guest.tell("guest-suspend-ram", json!({}))?;
        guest.wait_for_event("SUSPEND")?;
        assert_eq!(guest.status()?, "suspended");
        guest.tell("guest-ping", json!({}))?;
        assert_eq!(guest.agent.until_quiet(QUIET)?, b"", "an answer from a guest that sleeps");
        wake_up(&mut guest)?;
        assert_eq!(guest.sh(IDENTITY)?, identity);
    }
    assert!(!guest.has_event("RESET")?);
    Ok(())
}

#[test]
fn a_guest_suspended_to_disk_goes_on_when_it_is_switched_on() -> Result<()> {
    let mut guest = layouts::suspendable().start()?;
    let identity = identity(&mut guest)?;
    guest.tell("guest-suspend-disk", json!({}))?;
    guest.wait_for_event("SUSPEND_DISK")?;
    guest.wait_for_event("SHUTDOWN")?;
    guest.wait_until_off()?;
    let mut guest = guest.power_on_again()?;
    assert_eq!(guest.sh(IDENTITY)?, identity);
    assert!(!guest.console()?.contains("cold boot"));
    assert_eq!(guest.call("guest-ping", json!({}))?, json!({}));
    Ok(())
}

#[test]
fn a_hybrid_sleep_ends_by_waking_up() -> Result<()> {
    let mut guest = layouts::suspendable().start()?;
    provide_hybrid_sleep(&mut guest)?;
    let identity = identity(&mut guest)?;
    guest.tell("guest-suspend-hybrid", json!({}))?;
    guest.wait_for_event("SUSPEND")?;
    wake_up(&mut guest)?;
    assert_eq!(guest.sh(IDENTITY)?, identity);
    Ok(())
}

#[test]
fn a_hybrid_sleep_outlasts_a_power_cut() -> Result<()> {
    let mut guest = layouts::suspendable().start()?;
    provide_hybrid_sleep(&mut guest)?;
    let identity = identity(&mut guest)?;
    guest.tell("guest-suspend-hybrid", json!({}))?;
    guest.wait_for_event("SUSPEND")?;
    let mut guest = guest.power_on_again()?;
    assert_eq!(guest.sh(IDENTITY)?, identity);
    assert!(!guest.console()?.contains("cold boot"));
    Ok(())
}

#[test]
fn a_guest_without_the_tools_for_it_refuses_a_hybrid_sleep() -> Result<()> {
    let mut guest = layouts::suspendable().start()?;
    let refusal = guest.refusal("guest-suspend-hybrid", json!({}))?;
    assert_eq!(refusal.description, "the requested suspend mode is not supported by the guest");
    Ok(())
}

#[test]
fn a_guest_whose_kernel_cannot_sleep_refuses() -> Result<()> {
    let mut guest = layouts::suspendable().start()?;
    guest.sh("echo freeze >/run/state; mount --bind /run/state /sys/power/state")?;
    for command in ["guest-suspend-ram", "guest-suspend-disk"] {
        let refusal = guest.refusal(command, json!({}))?;
        assert_eq!(refusal.description, "the requested suspend mode is not supported by the guest");
    }
    Ok(())
}

fn identity(guest: &mut Guest) -> Result<String> {
    guest.sh("head -c 16 /dev/urandom | md5sum >/run/nonce")?;
    guest.sh(IDENTITY)
}

fn wake_up(guest: &mut Guest) -> Result<()> {
    guest.qmp("system_wakeup", json!({}))?;
    guest.wait_for_event("WAKEUP")?;
    guest.sync()?;
    guest.wait_for_shell()
}

/// What pm-utils do: the kernel has no single word for it.
pub(crate) fn provide_hybrid_sleep(guest: &mut Guest) -> Result<()> {
    guest.sh(
        "printf '#!/bin/sh\n' >/usr/bin/pm-is-supported
         printf '#!/bin/sh\necho suspend >/sys/power/disk; echo disk >/sys/power/state\n' >/usr/bin/pm-suspend-hybrid
         chmod +x /usr/bin/pm-*",
    )?;
    Ok(())
}
