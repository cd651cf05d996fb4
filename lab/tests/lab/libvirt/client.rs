//! `qga -c libvirt:URI/DOMAIN`: virsh is what it reaches a running domain through.

use anyhow::{Context, Result};
use qga_lab::domain::{Domain, NAME};
use qga_testkit::program;
use std::{
    fs,
    process::{Command, Output},
};

pub(super) fn works(domain: &mut Domain) -> Result<()> {
    let listed = ended_well(&client(domain)?.arg("list").output()?);
    assert!(listed.contains("libvirt:lab"), "{listed}");
    let ping = ended_well(&qga(domain, NAME, &["ping"])?);
    assert!(ping.starts_with("The agent at libvirt:"), "{ping}");
    let info = ended_well(&qga(domain, NAME, &["info"])?);
    assert!(info.contains("guest.example.org") && info.contains("10.0.2.15/24"), "{info}");
    let script = "cat; echo problem >&2; exit 3";
    let ran = qga(domain, NAME, &["exec", "--", "sh", "-c", script])?;
    assert_eq!((ran.status.code(), &*ran.stderr), (Some(3), &b"problem\n"[..]), "{ran:?}");
    copies_files(domain)
}

/// More than fits into one request to virsh, each way.
fn copies_files(domain: &mut Domain) -> Result<()> {
    let (here, back) = (domain.libvirt.directory().join("here"), domain.libvirt.directory().join("back"));
    let content: Vec<u8> = (0..300_000_u32).map(|number| (number % 251) as u8).collect();
    fs::write(&here, &content)?;
    ended_well(&qga(domain, NAME, &["cp", &here.to_string_lossy(), "guest:/run/copied"])?);
    assert_eq!(domain.sh("wc -c </run/copied")?, content.len().to_string());
    ended_well(&qga(domain, NAME, &["cp", "guest:/run/copied", &back.to_string_lossy()])?);
    assert!(fs::read(&back)? == content, "the file has changed on its way");
    Ok(())
}

pub(super) fn explains(domain: &mut Domain) -> Result<()> {
    cannot(domain, "none", "failed to get domain 'none'")?;
    let missing = qga(domain, NAME, &["cat", "/none"])?;
    assert!(text(&missing.stderr).contains("No such file or directory"), "{missing:?}");
    domain.virsh("suspend", &[])?;
    cannot(domain, NAME, "domain is not running")?;
    domain.virsh("resume", &[])?;
    domain.sh("kill -STOP $(cat /run/agent.pid)")?;
    late(domain)?;
    domain.sh("kill -CONT $(cat /run/agent.pid)")?;
    ended_well(&qga(domain, NAME, &["ping"])?);
    domain.sh("kill $(cat /run/agent.pid)")?;
    domain.wait_until_agent_is_gone()?;
    cannot(domain, NAME, "QEMU guest agent is not connected")?;
    domain.sh("/lab/start-agent -F/lab/hook")?;
    domain.wait_for_agent()
}

/// The agent is there, and does not answer in time.
fn late(domain: &Domain) -> Result<()> {
    let ended = qga(domain, NAME, &["--timeout", "2", "ping"])?;
    assert_eq!(ended.status.code(), Some(4), "{ended:?}");
    assert!(text(&ended.stderr).contains("within 2 s"), "{ended:?}");
    Ok(())
}

/// The domain's agent is not reached, for a reason that is told.
fn cannot(domain: &Domain, name: &str, reason: &str) -> Result<()> {
    let ended = qga(domain, name, &["ping"])?;
    assert_eq!(ended.status.code(), Some(3), "{ended:?}");
    assert!(text(&ended.stderr).contains(reason), "{reason}: {ended:?}");
    Ok(())
}

fn qga(domain: &Domain, name: &str, arguments: &[&str]) -> Result<Output> {
    let target = format!("libvirt:{}/{name}", domain.libvirt.uri());
    client(domain)?.args(["-c", &target]).args(arguments).output().context("cannot run qga")
}

fn client(domain: &Domain) -> Result<Command> {
    domain.libvirt.client(&program::client()?.to_string_lossy())
}

/// What it printed.
fn ended_well(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    text(&output.stdout)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
