//! Hosts that come and go, and ports that do.

use anyhow::Result;
use qga_lab::{Guest, layouts};
use serde_json::{Value, json};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn a_host_that_left_in_the_middle_of_a_request_is_forgotten() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    guest.agent.send(b"{\"execute\": \"guest-pi")?;
    guest.reconnect()?;
    assert_eq!(guest.call("guest-ping", json!({}))?, json!({}));
    Ok(())
}

#[test]
fn a_host_that_connects_anew_for_each_command_gets_each_answer() -> Result<()> {
    // On two processors the agent reads the first bytes of a host before its kernel says that a host is there.
    let mut guest = layouts::two_cpus().start()?;
    for id in 1000..1200 {
        guest.reconnect_unsynced()?;
        let sync = format!("{{\"execute\": \"guest-sync-delimited\", \"arguments\": {{\"id\": {id}}}}}\n");
        guest.agent.send(format!("{sync}{{\"execute\": \"guest-ping\"}}\n").as_bytes())?;
        assert!(guest.agent.line(PATIENCE)?.ends_with(format!("{{\"return\": {id}}}").as_bytes()));
        assert_eq!(guest.agent.line(PATIENCE)?, b"{\"return\": {}}");
    }
    Ok(())
}

#[test]
fn half_a_request_and_a_sentinel_draw_one_error_and_the_answer() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    guest.agent.send(b"{\"execute\": \"guest-pi\xFF")?;
    guest.tell("guest-sync-delimited", json!({ "id": 9 }))?;
    let error: Value = serde_json::from_slice(&guest.agent.line(PATIENCE)?)?;
    assert_eq!(error["error"]["class"], "GenericError");
    assert_eq!(guest.agent.line(PATIENCE)?, b"\xFF{\"return\": 9}");
    Ok(())
}

#[test]
fn a_host_that_left_in_the_middle_of_an_answer_gets_in_sync_again() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    guest.sh("head -c 8000000 /dev/zero >/root/big")?;
    let handle = guest.call("guest-file-open", json!({ "path": "/root/big" }))?;
    guest.tell("guest-file-read", json!({ "handle": handle, "count": 8_000_000 }))?;
    guest.agent.some(PATIENCE)?;
    guest.reconnect()?;
    assert_eq!(guest.call("guest-ping", json!({}))?, json!({}));
    Ok(())
}

#[test]
fn garbage_does_not_end_the_agent() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    let pid = guest.sh("cat /run/agent.pid")?;
    guest.agent.send(b"\x00\x01}}]]{{\"\\q\" nonsense \xC3\x28 \xFF\xFF\xFF")?;
    guest.sync()?;
    guest.agent.send(&b"[".repeat(5000))?;
    guest.sync()?;
    guest.sh(&format!("kill -0 {pid}"))?;
    Ok(())
}

#[test]
fn a_request_to_a_stopped_guest_is_answered_when_it_goes_on() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    guest.qmp("stop", json!({}))?;
    guest.tell("guest-ping", json!({}))?;
    assert_eq!(guest.agent.until_quiet(Duration::from_millis(300))?, b"");
    guest.qmp("cont", json!({}))?;
    assert_eq!(guest.agent.line(PATIENCE)?, b"{\"return\": {}}");
    Ok(())
}

#[test]
fn a_port_that_is_pulled_and_plugged_again_is_served_again() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    guest.restart_agent("--retry-path")?;
    let pid = guest.sh("cat /run/agent.pid")?;
    guest.unplug_agent_port()?;
    guest.wait_for("ls /dev/virtio-ports", "")?;
    guest.plug_agent_port()?;
    guest.reconnect()?;
    assert_eq!(guest.call("guest-ping", json!({}))?, json!({}));
    guest.sh(&format!("kill -0 {pid}"))?;
    Ok(())
}

#[test]
fn an_agent_told_to_wait_finds_a_port_that_comes_later() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    guest.kill_agent()?;
    guest.unplug_agent_port()?;
    guest.wait_for("ls /dev/virtio-ports", "")?;
    guest.sh("/lab/start-agent -r")?;
    guest.sh("sleep 1; kill -0 $(cat /run/agent.pid)")?;
    guest.plug_agent_port()?;
    guest.reconnect()?;
    assert_eq!(guest.call("guest-ping", json!({}))?, json!({}));
    Ok(())
}

#[test]
fn an_agent_not_told_to_wait_ends_when_there_is_no_port() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    let output = guest.try_sh("qemu-ga -p /dev/virtio-ports/none")?;
    assert_eq!(output.status, 1);
    assert!(
        output.text.contains("error opening channel '/dev/virtio-ports/none': No such file"),
        "{output:?}"
    );
    Ok(())
}

#[test]
fn the_host_sees_when_the_agent_ends_and_when_it_comes_back() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    guest.sh("kill -TERM $(cat /run/agent.pid)")?;
    wait_for_port(&mut guest, false)?;
    guest.sh("/lab/start-agent")?;
    wait_for_port(&mut guest, true)?;
    guest.sync()
}

/// Waits until QEMU tells that the guest has opened the port, or closed it.
fn wait_for_port(guest: &mut Guest, open: bool) -> Result<()> {
    while guest.wait_for_event("VSERPORT_CHANGE")? != json!({ "id": "agent-port", "open": open }) {}
    Ok(())
}
