//! A Debian system with systemd, where our agent takes the place of the packaged one.

use crate::audit;
use crate::guardian::GUARDIANS;
use anyhow::Result;
use qga_lab::{Guest, layouts, program};
use serde_json::json;

pub(crate) const UNIT: &str = "qemu-guest-agent.service";
/// What packages bring, which a layout with the reference agent's package does not have.
const PACKAGED: &str = include_str!("../../../packaging/systemd/qemu-guest-agent.service");

#[test]
fn the_packaged_unit_starts_the_agent_when_its_port_appears() -> Result<()> {
    let mut guest = layouts::debian()?.start()?;
    assert_eq!(guest.sh("systemctl is-system-running")?, "running");
    the_agent_goes_and_comes_with_its_port(&mut guest)?;
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
    let before = property(&mut guest, "MainPID")?;
    guest.sh(&format!("kill -9 {before}"))?;
    guest.sh("echo text >/root/file")?;
    guest.sync()?;
    assert_ne!(property(&mut guest, "MainPID")?, before);
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
    assert_eq!(property(&mut guest, "Result")?, "success");
    assert_eq!(guest.sh(GUARDIANS)?, "");
    Ok(())
}

#[test]
fn an_agent_that_is_stuck_is_started_again_and_what_it_froze_is_thawed() -> Result<()> {
    let mut guest = layouts::debian()?.start()?;
    let unit = format!("/etc/systemd/system/{UNIT}");
    guest.sh(&format!("cat >{unit} <<'END'\n{PACKAGED}END"))?;
    // Less patience than that unit has, but enough for a busy machine.
    guest.sh(&format!("mkdir {unit}.d; printf '[Service]\\nWatchdogSec=20\\n' >{unit}.d/impatient.conf"))?;
    guest.sh(&format!("systemctl daemon-reload; systemctl restart {UNIT}"))?;
    guest.sync()?;
    assert_eq!(property(&mut guest, "Type")?, "notify");
    let told = property(&mut guest, TOLD)?;
    guest.wait_for(&format!("[ $(systemctl show -P {TOLD} {UNIT}) != {told} ] && echo again"), "again")?;

    let before = property(&mut guest, "MainPID")?;
    guest.call("guest-fsfreeze-freeze", json!({}))?;
    guest.sh(&format!("kill -STOP {before}"))?;
    guest.sh("echo text >/root/file")?;
    guest.sync()?;
    assert_ne!(property(&mut guest, "MainPID")?, before);
    assert_eq!(guest.call("guest-fsfreeze-status", json!({}))?, json!("thawed"));
    guest.wait_for(&format!("journalctl -q -u {UNIT} | grep -c -m1 'Watchdog timeout'"), "1")
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

/// When the watchdog was told last that the agent is well.
const TOLD: &str = "WatchdogTimestampMonotonic";

/// What systemd says of the unit.
pub(crate) fn property(guest: &mut Guest, name: &str) -> Result<String> {
    guest.sh(&format!("systemctl show -P {name} {UNIT}"))
}

pub(crate) fn wait_until_active(guest: &mut Guest) -> Result<()> {
    guest.wait_for(&format!("systemctl is-active {UNIT}"), "active")
}

/// Pulls the port and plugs it in again.
pub(crate) fn the_agent_goes_and_comes_with_its_port(guest: &mut Guest) -> Result<()> {
    wait_until_active(guest)?;
    guest.unplug_agent_port()?;
    guest.wait_for(&format!("systemctl is-active {UNIT}"), "inactive")?;
    guest.plug_agent_port()?;
    wait_until_active(guest)?;
    guest.reconnect()?;
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
