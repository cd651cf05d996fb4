//! A freeze whose agent, guardian or host fails: the guest writes again in the end, always.

use crate::writers;
use anyhow::{Context, Result, ensure};
use qga_lab::{Guest, layouts};
use serde_json::{Value, json};

/// Prints the process ids of guardians.
pub(crate) const GUARDIANS: &str = "grep -lx qga-guardian /proc/[0-9]*/comm 2>/dev/null | cut -d/ -f3";

#[test]
fn a_guest_whose_agent_is_killed_while_frozen_writes_again() -> Result<()> {
    let mut guest = layouts::three_filesystems().start()?;
    guest.restart_agent("-F/lab/hook")?;
    writers::start(&mut guest)?;
    assert_eq!(guest.call("guest-fsfreeze-freeze", json!({}))?, json!(3));
    let frozen = writers::written(&mut guest)?;
    guest.kill_agent()?;
    writers::assert_they_go_on(&mut guest, &frozen)?;
    guest.wait_for("cat /run/hook.log", "freeze\nthaw")?;
    guest.wait_for(GUARDIANS, "")?;
    guest.sh("/lab/start-agent")?;
    guest.sync()?;
    assert_eq!(guest.call("guest-fsfreeze-status", json!({}))?, json!("thawed"));
    assert_eq!(guest.call("guest-fsfreeze-thaw", json!({}))?, json!(0));
    Ok(())
}

#[test]
fn a_freeze_that_stands_too_long_is_ended_by_the_guest() -> Result<()> {
    let mut guest = layouts::three_filesystems().start()?;
    guest.restart_agent("-F/lab/hook --freeze-timeout=5")?;
    writers::start(&mut guest)?;
    assert_eq!(guest.call("guest-fsfreeze-freeze", json!({}))?, json!(3));
    let frozen = writers::written(&mut guest)?;
    writers::assert_they_go_on(&mut guest, &frozen)?;
    guest.wait_for("cat /run/hook.log", "freeze\nthaw")?;
    assert_eq!(guest.call("guest-fsfreeze-status", json!({}))?, json!("thawed"));
    assert_eq!(report(&mut guest)?["end"], "deadline");
    assert_eq!(guest.call("guest-fsfreeze-thaw", json!({}))?, json!(0));
    guest.sh("grep 'thawed because the host had not done so' /run/agent.log")?;
    guest.wait_for(GUARDIANS, "")?;
    assert_eq!(guest.call("guest-fsfreeze-freeze", json!({}))?, json!(3));
    assert_eq!(guest.call("guest-fsfreeze-thaw", json!({}))?, json!(3));
    Ok(())
}

#[test]
fn a_stopped_agent_finds_the_freeze_ended_by_its_guardian() -> Result<()> {
    let mut guest = layouts::three_filesystems().start()?;
    guest.restart_agent("-F/lab/hook --freeze-timeout=5")?;
    writers::start(&mut guest)?;
    assert_eq!(guest.call("guest-fsfreeze-freeze", json!({}))?, json!(3));
    guest.sh("kill -STOP $(cat /run/agent.pid)")?;
    let frozen = writers::written(&mut guest)?;
    writers::assert_they_go_on(&mut guest, &frozen)?;
    guest.wait_for("cat /run/hook.log", "freeze\nthaw")?;
    guest.sh("[ ! -e /run/qga.state.isfrozen ]")?;
    guest.sh("kill -CONT $(cat /run/agent.pid)")?;
    guest.wait_for(GUARDIANS, "")?;
    assert_eq!(guest.call("guest-fsfreeze-status", json!({}))?, json!("thawed"));
    assert_eq!(guest.sh("cat /run/hook.log")?, "freeze\nthaw");
    Ok(())
}

#[test]
fn a_host_that_goes_away_for_good_leaves_a_guest_that_thaws() -> Result<()> {
    let mut guest = layouts::three_filesystems().start()?;
    guest.restart_agent("--freeze-timeout=5")?;
    writers::start(&mut guest)?;
    assert_eq!(guest.call("guest-fsfreeze-freeze", json!({}))?, json!(3));
    let frozen = writers::written(&mut guest)?;
    guest.reconnect_unsynced()?;
    writers::assert_they_go_on(&mut guest, &frozen)?;
    guest.sync()?;
    assert_eq!(guest.call("guest-fsfreeze-status", json!({}))?, json!("thawed"));
    Ok(())
}

#[test]
fn a_guest_stays_frozen_while_its_port_is_away() -> Result<()> {
    let mut guest = layouts::three_filesystems().start()?;
    guest.restart_agent("--retry-path")?;
    guest.call("guest-fsfreeze-freeze", json!({}))?;
    guest.unplug_agent_port()?;
    guest.wait_for("ls /dev/virtio-ports", "")?;
    guest.plug_agent_port()?;
    guest.reconnect()?;
    assert_eq!(guest.call("guest-fsfreeze-status", json!({}))?, json!("frozen"));
    assert_eq!(guest.call("guest-fsfreeze-thaw", json!({}))?, json!(3));
    Ok(())
}

#[test]
fn a_guest_whose_port_is_gone_for_good_thaws() -> Result<()> {
    let mut guest = layouts::three_filesystems().start()?;
    guest.restart_agent("-F/lab/hook")?;
    writers::start(&mut guest)?;
    guest.call("guest-fsfreeze-freeze", json!({}))?;
    let frozen = writers::written(&mut guest)?;
    guest.unplug_agent_port()?;
    writers::assert_they_go_on(&mut guest, &frozen)?;
    guest.wait_for("cat /run/hook.log", "freeze\nthaw")
}

#[test]
fn a_guest_that_loses_power_while_frozen_comes_back_thawed() -> Result<()> {
    let mut guest = layouts::three_filesystems().start()?;
    guest.call("guest-fsfreeze-freeze", json!({}))?;
    let mut guest = guest.power_on_again()?;
    assert_eq!(guest.call("guest-fsfreeze-status", json!({}))?, json!("thawed"));
    guest.sh("echo text >/mnt/ext4/file; echo text >/mnt/xfs/file; echo text >/mnt/btrfs/file")?;
    assert_eq!(guest.call("guest-fsfreeze-thaw", json!({}))?, json!(0));
    Ok(())
}

#[test]
fn an_agent_that_is_to_end_while_frozen_thaws_first() -> Result<()> {
    let mut guest = layouts::three_filesystems().start()?;
    guest.restart_agent("-F/lab/hook")?;
    writers::start(&mut guest)?;
    assert_eq!(guest.call("guest-fsfreeze-freeze", json!({}))?, json!(3));
    let frozen = writers::written(&mut guest)?;
    guest.sh("kill -TERM $(cat /run/agent.pid)")?;
    writers::assert_they_go_on(&mut guest, &frozen)?;
    guest.wait_for("kill -0 $(cat /run/agent.pid) 2>/dev/null || echo gone", "gone")?;
    assert_eq!(guest.sh("cat /run/hook.log")?, "freeze\nthaw");
    guest.sh("grep '3 filesystems were thawed as the agent is to end' /run/agent.log")?;
    guest.sh("[ ! -e /run/qga.state.isfrozen ]")?;
    Ok(())
}

#[test]
fn an_agent_that_is_to_end_while_frozen_waits_for_the_host() -> Result<()> {
    let mut guest = layouts::three_filesystems().start()?;
    guest.call("guest-fsfreeze-freeze", json!({}))?;
    // Asked for the thaw before it is told to end, as a busy machine may let the five seconds pass.
    guest.sh("kill -STOP $(cat /run/agent.pid); kill -TERM $(cat /run/agent.pid)")?;
    guest.tell("guest-fsfreeze-thaw", json!({}))?;
    guest.sh("kill -CONT $(cat /run/agent.pid)")?;
    guest.wait_for("kill -0 $(cat /run/agent.pid) 2>/dev/null || echo gone", "gone")?;
    guest.sh("echo text >/mnt/ext4/file; echo text >/mnt/xfs/file; echo text >/mnt/btrfs/file")?;
    ensure!(
        !guest.sh("cat /run/agent.log")?.contains("the agent is to end"),
        "the host's thaw came too late"
    );
    Ok(())
}

#[test]
fn a_guardian_that_is_killed_is_replaced() -> Result<()> {
    let mut guest = layouts::three_filesystems().start()?;
    writers::start(&mut guest)?;
    assert_eq!(guest.call("guest-fsfreeze-freeze", json!({}))?, json!(3));
    let frozen = writers::written(&mut guest)?;
    let first = guest.sh(GUARDIANS)?;
    guest.sh(&format!("kill -9 {first}"))?;
    guest
        .wait_for(&format!("[ $({GUARDIANS} | grep -vx {first} | wc -l) = 1 ] && echo another"), "another")?;
    assert_eq!(guest.call("guest-fsfreeze-status", json!({}))?, json!("frozen"));
    assert_eq!(writers::written(&mut guest)?, frozen);
    // Until it is ready, nobody would thaw.
    guest.wait_for(&format!("grep -lx thaw /proc/$({GUARDIANS})/task/*/comm | wc -l"), "3")?;
    guest.kill_agent()?;
    writers::assert_they_go_on(&mut guest, &frozen)
}

#[test]
fn requests_to_end_and_no_memory_leave_the_guardian_alone() -> Result<()> {
    let mut guest = layouts::three_filesystems().start()?;
    assert_eq!(guest.call("guest-fsfreeze-freeze", json!({}))?, json!(3));
    let pid = guest.sh(GUARDIANS)?;
    for signal in ["TERM", "INT", "HUP", "ABRT", "ALRM"] {
        guest.sh(&format!("kill -{signal} {pid}"))?;
    }
    assert_eq!(guest.sh(&format!("cat /proc/{pid}/oom_score_adj"))?, "-1000");
    let locked = guest.sh(&format!("grep VmLck /proc/{pid}/status | tr -dc 0-9"))?;
    ensure!(locked.parse::<u32>()? > 1000, "{locked} kB of its memory are locked");
    assert_eq!(guest.sh(GUARDIANS)?, pid);
    assert_eq!(guest.call("guest-fsfreeze-thaw", json!({}))?, json!(3));
    guest.wait_for(GUARDIANS, "")
}

#[test]
fn the_report_tells_what_became_of_each_filesystem() -> Result<()> {
    let mut guest = layouts::three_filesystems().start()?;
    guest.restart_agent("--freeze-exclude=/mnt/x*")?;
    guest.sh("fsfreeze --freeze /mnt/btrfs")?;
    assert_eq!(guest.call("guest-fsfreeze-freeze", json!({}))?, json!(1));
    guest.sh("echo text >/mnt/xfs/file")?;
    let frozen = report(&mut guest)?;
    let outcomes = |report: &Value| -> Option<Vec<(String, String)>> {
        let text = |entry: &Value, name| Some(entry[name].as_str()?.to_owned());
        let entries = report["filesystems"].as_array()?.iter();
        entries.map(|entry| Some((text(entry, "mountpoint")?, text(entry, "outcome")?))).collect()
    };
    let expected = [("/mnt/btrfs", "already-frozen"), ("/mnt/xfs", "skipped"), ("/mnt/ext4", "frozen")]
        .map(|(mount_point, outcome)| (mount_point.to_owned(), outcome.to_owned()));
    assert_eq!(frozen["status"], "frozen");
    assert_eq!(outcomes(&frozen).context("no filesystems")?, expected);
    assert_eq!(guest.call("guest-fsfreeze-thaw", json!({}))?, json!(2));
    let thawed = report(&mut guest)?;
    assert_eq!((&thawed["status"], &thawed["end"]), (&json!("thawed"), &json!("thaw")));
    assert_eq!(outcomes(&thawed), outcomes(&frozen));
    Ok(())
}

fn report(guest: &mut Guest) -> Result<Value> {
    guest.call("__org.qga_freeze-report", json!({}))
}
