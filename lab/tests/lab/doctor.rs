//! The doctor in a guest whose channel is a real port.

use anyhow::{Context, Result};
use qga_lab::{Guest, layouts};
use serde_json::Value;

/// What the doctor says of `topic`: verdict and text.
fn doctor(guest: &mut Guest, topic: &str) -> Result<(String, String)> {
    let output = guest.try_sh("qemu-ga doctor --json")?.text;
    let findings: Vec<Value> = serde_json::from_str(&output).with_context(|| output.clone())?;
    let finding = findings.iter().find(|finding| finding["topic"] == topic).context(output)?;
    let text = |member: &str| finding[member].as_str().unwrap_or_default().to_owned();
    Ok((text("verdict"), text("text")))
}

#[test]
fn the_doctor_tells_who_has_the_port() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    let agent = guest.sh("cat /run/agent.pid")?;
    let served = ("ok".to_owned(), format!("it runs as process {agent}"));
    assert_eq!(doctor(&mut guest, "agent")?, served);
    assert_eq!(doctor(&mut guest, "capabilities")?.0, "ok");
    guest.kill_agent()?;
    assert_eq!(doctor(&mut guest, "agent")?.0, "problem");
    guest
        .sh("sleep 1000 <>/dev/virtio-ports/org.qemu.guest_agent.0 >/dev/null 2>&1 & echo $! >/run/taker")?;
    let taker = guest.sh("cat /run/taker")?;
    let (verdict, text) = doctor(&mut guest, "agent")?;
    assert!(verdict == "problem" && text.contains(&format!("process {taker}")), "{text}");
    Ok(())
}

#[test]
fn the_doctor_tells_what_the_host_calls_its_port() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    let other = guest.try_sh("qemu-ga doctor -p /dev/virtio-ports/other")?.text;
    assert!(
        other.contains("the host's ports are called") && other.contains("org.qemu.guest_agent.0"),
        "{other}"
    );
    Ok(())
}
