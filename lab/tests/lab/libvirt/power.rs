//! Sleep, reboot and shutdown, by libvirt through the agent.

use anyhow::Result;
use qga_lab::domain::Domain;

/// What only the same system still has afterwards.
const IDENTITY: &str = "cat /proc/sys/kernel/random/boot_id";

pub(super) fn suspend_to_memory(domain: &mut Domain) -> Result<()> {
    let identity = domain.sh(IDENTITY)?;
    domain.virsh("dompmsuspend", &["mem"])?;
    domain.wait_for_state("pmsuspended")?;
    domain.virsh("dompmwakeup", &[])?;
    domain.wait_for_state("running")?;
    domain.wait_for_agent()?;
    domain.wait_for_shell()?;
    assert_eq!(domain.sh(IDENTITY)?, identity);
    Ok(())
}

pub(super) fn suspend_to_disk(domain: &mut Domain) -> Result<()> {
    let identity = domain.sh(IDENTITY)?;
    domain.virsh("dompmsuspend", &["disk"])?;
    domain.wait_for_state("shut off")?;
    domain.start_again()?;
    assert_eq!(domain.sh(IDENTITY)?, identity);
    Ok(())
}

pub(super) fn reboot(domain: &mut Domain) -> Result<()> {
    let identity = domain.sh(IDENTITY)?;
    domain.virsh("reboot", &["--mode", "agent"])?;
    domain.wait_for_restart()?;
    assert_ne!(domain.sh(IDENTITY)?, identity);
    domain.wait_for_state("running")
}

pub(super) fn shutdown(domain: &mut Domain) -> Result<()> {
    domain.virsh("shutdown", &["--mode", "agent"])?;
    domain.wait_for_state("shut off")?;
    let complaint = domain.complaint("domfsinfo", &[])?;
    assert!(complaint.ends_with("domain is not running"), "{complaint}");
    Ok(())
}
