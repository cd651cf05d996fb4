//! A Debian system with systemd, where our agent takes the place of the packaged one.

use crate::audit;
use crate::guardian::GUARDIANS;
use anyhow::Result;
use qga_lab::{Guest, layouts, program};
use serde_json::json;

const UNIT: &str = "qemu-guest-agent.service";

#[test]
fn the_packaged_unit_starts_the_agent_when_its_port_appears() -> Result<()> {
    let mut guest = layouts::debian()?.start()?;
    assert_eq!(guest.sh("systemctl is-system-running")?, "running");
    assert_eq!(guest.sh(&format!("systemctl is-active {UNIT}"))?, "active");
    guest.unplug_agent_port()?;
    guest.wait_for(&format!("systemctl is-active {UNIT}"), "inactive")?;
    guest.plug_agent_port()?;
    guest.wait_for(&format!("systemctl is-active {UNIT}"), "active")?;
    guest.reconnect()?;
    assert_eq!(guest.call("guest-ping", json!({}))?, json!({}));
    audit::assert_the_journal_has_records(&mut guest)
}

#[test]
fn powerdown_goes_through_systemd() -> Result<()> {
    let mut guest = layouts::debian()?.start()?;
    leave_a_note_at_shutdown(&mut guest)?;
    guest.tell("guest-shutdown", json!({ "mode": "powerdown" }))?;
    guest.wait_for_event("SHUTDOWN")?;
    guest.wait_until_off()?;
    assert_eq!(note(&guest)?, "stopped in order\n");
    Ok(())
}

#[test]
fn reboot_goes_through_systemd() -> Result<()> {
    let mut guest = layouts::debian()?.start()?;
    leave_a_note_at_shutdown(&mut guest)?;
    guest.tell("guest-shutdown", json!({ "mode": "reboot" }))?;
    guest.wait_for_event("RESET")?;
    assert_eq!(note(&guest)?, "stopped in order\n");
    Ok(())
}

#[test]
fn the_filesystem_that_the_agent_lives_on_is_frozen_and_thawed() -> Result<()> {
    let mut guest = layouts::debian()?.start()?;
    guest.sh("(while :; do echo line >>/root/lines; sleep 0.02; done) >/dev/null 2>&1 &")?;
    guest.wait_for("[ -s /root/lines ] && echo some", "some")?;
    assert_eq!(guest.call("guest-fsfreeze-freeze", json!({}))?, json!(1));
    assert_eq!(guest.call("guest-fsfreeze-status", json!({}))?, json!("frozen"));
    let frozen = guest.sh("wc -l </root/lines; sleep 0.3")?;
    assert_eq!(guest.sh("wc -l </root/lines")?, frozen);
    assert_eq!(guest.call("guest-fsfreeze-thaw", json!({}))?, json!(1));
    guest.wait_for(&format!("[ $(wc -l </root/lines) -gt {frozen} ] && echo more"), "more")
}

#[test]
fn a_system_whose_agent_is_killed_while_it_is_frozen_writes_again() -> Result<()> {
    let mut guest = layouts::debian()?.start()?;
    guest.call("guest-fsfreeze-freeze", json!({}))?;
    let before = guest.sh(&format!("systemctl show -P MainPID {UNIT}"))?;
    guest.sh(&format!("kill -9 {before}"))?;
    guest.sh("echo text >/root/file")?;
    guest.sync()?;
    assert_ne!(guest.sh(&format!("systemctl show -P MainPID {UNIT}"))?, before);
    assert_eq!(guest.call("guest-fsfreeze-status", json!({}))?, json!("thawed"));
    assert_eq!(guest.call("guest-fsfreeze-thaw", json!({}))?, json!(0));
    Ok(())
}

#[test]
fn a_system_that_is_frozen_can_stop_its_agent() -> Result<()> {
    let mut guest = layouts::debian()?.start()?;
    guest.call("guest-fsfreeze-freeze", json!({}))?;
    guest.sh(&format!("systemctl stop {UNIT}"))?;
    guest.sh("echo text >/root/file")?;
    assert_eq!(guest.sh(&format!("systemctl show -P Result {UNIT}"))?, "success");
    assert_eq!(guest.sh(GUARDIANS)?, "");
    Ok(())
}

#[test]
fn suspend_goes_through_systemd() -> Result<()> {
    let mut guest = layouts::debian()?.start()?;
    guest.tell("guest-suspend-ram", json!({}))?;
    guest.wait_for_event("SUSPEND")?;
    guest.qmp("system_wakeup", json!({}))?;
    guest.wait_for_event("WAKEUP")?;
    guest.sync()?;
    guest.wait_for_shell()?;
    guest.wait_for("systemctl is-active systemd-suspend.service", "inactive")?;
    assert_eq!(guest.sh("systemctl show -P Result systemd-suspend.service")?, "success");
    assert_eq!(guest.call("guest-ping", json!({}))?, json!({}));
    Ok(())
}

/// Has systemd write a file when it stops its units, which nothing short of an orderly shutdown does.
fn leave_a_note_at_shutdown(guest: &mut Guest) -> Result<()> {
    guest.sh("systemd-run --quiet --unit=note --property=Type=oneshot --property=RemainAfterExit=yes \
         --property=ExecStop='/bin/sh -c \"echo stopped in order >/root/note\"' /bin/true")?;
    Ok(())
}

/// The file on the image: another boot would take long.
fn note(guest: &Guest) -> Result<String> {
    program::run("debugfs", &["-R".as_ref(), "cat /root/note".as_ref(), guest.image("system").as_os_str()])
}
