//! Shutting down, seen from QEMU.

use anyhow::Result;
use qga_lab::layouts;
use serde_json::json;
use std::time::Duration;

const QUIET: Duration = Duration::from_millis(300);

#[test]
fn powerdown_ends_qemu_and_sends_no_answer() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    guest.tell("guest-shutdown", json!({ "mode": "powerdown" }))?;
    assert_eq!(guest.agent.until_quiet(QUIET)?, b"");
    assert_eq!(guest.wait_for_event("SHUTDOWN")?, json!({ "guest": true, "reason": "guest-shutdown" }));
    guest.wait_until_off()
}

#[test]
fn powerdown_is_what_shutdown_means() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    guest.tell("guest-shutdown", json!({}))?;
    guest.wait_for_event("SHUTDOWN")?;
    guest.wait_until_off()
}

#[test]
fn halt_stops_the_guest_and_leaves_qemu_running() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    guest.tell("guest-shutdown", json!({ "mode": "halt" }))?;
    guest.wait_for_console("reboot: System halted")?;
    assert_eq!(guest.status()?, "running");
    assert!(!guest.has_event("SHUTDOWN")?);
    guest.qmp("system_reset", json!({}))?;
    guest.sync()?;
    assert_eq!(guest.call("guest-ping", json!({}))?, json!({}));
    Ok(())
}

#[test]
fn reboot_boots_again_in_the_same_qemu() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    let before = guest.sh("cat /proc/sys/kernel/random/boot_id")?;
    guest.tell("guest-shutdown", json!({ "mode": "reboot" }))?;
    assert_eq!(guest.wait_for_event("RESET")?, json!({ "guest": true, "reason": "guest-reset" }));
    guest.sync()?;
    guest.wait_for_shell()?;
    assert_ne!(guest.sh("cat /proc/sys/kernel/random/boot_id")?, before);
    Ok(())
}

#[test]
fn an_unknown_mode_is_refused_before_anything_runs() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    let refusal = guest.refusal("guest-shutdown", json!({ "mode": "sleep" }))?;
    assert_eq!(refusal.description, "mode is invalid (valid values are: halt|powerdown|reboot");
    assert!(!guest.console()?.contains("lab: "), "a program was run");
    Ok(())
}
