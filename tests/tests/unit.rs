//! `qemu-ga unit`: what systemd itself says of the sandbox, in one run with the reference agent's unit.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use qga_testkit::{Scratch, program};

/// What Debian packages with the reference agent (compat.md D.6).
const REFERENCE: &str = "\
[Unit]
Description=QEMU Guest Agent
BindsTo=dev-virtio\\x2dports-org.qemu.guest_agent.0.device
After=dev-virtio\\x2dports-org.qemu.guest_agent.0.device

[Service]
ExecStart=-/usr/sbin/qemu-ga
Restart=always
RestartSec=0
";

/// The unit for a profile.
fn unit(profile: &str) -> Result<String> {
    let output = Command::new(program::ours()?).args(["unit", "--profile", profile]).output()?;
    ensure!(output.status.success(), "{output:?}");
    Ok(String::from_utf8(output.stdout)?)
}

/// How exposed systemd finds a service to be, in tenths; `None` where its version cannot tell of a file.
fn exposure(scratch: &Scratch, text: &str) -> Result<Option<u32>> {
    let file = scratch.write("qemu-guest-agent.service", text.as_bytes())?;
    let Some(report) = analyze(&["security", "--offline=true", "--no-pager"], &file)? else {
        return Ok(None);
    };
    let level = report.lines().find_map(|line| line.split_once("exposure level for ")?.1.split(' ').nth(1));
    let level = level.with_context(|| report.clone())?;
    let (whole, tenths) = level.split_once('.').context("no fraction")?;
    Ok(Some(whole.parse::<u32>()? * 10 + tenths.parse::<u32>()?))
}

/// What systemd-analyze says; `None` where there is none of version 250 or later, which knows `--offline`.
fn analyze(arguments: &[&str], file: &Path) -> Result<Option<String>> {
    let Ok(version) = Command::new("systemd-analyze").arg("--version").output() else { return Ok(None) };
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let number = version.split_whitespace().nth(1).and_then(|number| number.parse::<u32>().ok());
    if number.is_none_or(|number| number < 250) {
        return Ok(None);
    }
    let output =
        Command::new("systemd-analyze").args(arguments).arg(file).env("LC_ALL", "C.UTF-8").output()?;
    Ok(Some(String::from_utf8(output.stdout)?))
}

#[test]
fn a_monitor_is_hardly_exposed_where_the_reference_is_unsafe() -> Result<()> {
    let scratch = Scratch::new()?;
    let measured = (exposure(&scratch, REFERENCE)?, exposure(&scratch, &unit("monitor")?)?);
    let (Some(reference), Some(ours)) = measured else { return Ok(()) };
    ensure!(reference >= 90, "the reference's unit: {reference} tenths");
    ensure!(ours <= 20, "the monitor's unit: {ours} tenths");
    Ok(())
}

#[test]
fn each_profile_is_less_exposed_than_the_reference_unless_it_runs_any_program() -> Result<()> {
    let scratch = Scratch::new()?;
    for (profile, most) in [("locked", 20), ("monitor", 20), ("backup", 35), ("files", 50)] {
        if let Some(ours) = exposure(&scratch, &unit(profile)?)? {
            ensure!(ours <= most, "{profile}: {ours} tenths");
        }
    }
    Ok(())
}

#[test]
fn a_unit_is_printed_for_no_profile_that_does_not_exist() -> Result<()> {
    for arguments in [&["--profile", "nonsense"][..], &["--profile"], &["monitor"]] {
        let output = Command::new(program::ours()?).arg("unit").args(arguments).output()?;
        ensure!(output.status.code() == Some(2) && output.stdout.is_empty(), "{arguments:?}: {output:?}");
    }
    let help = Command::new(program::ours()?).args(["unit", "--help"]).output()?;
    ensure!(help.status.success() && help.stdout.starts_with(b"Usage: qemu-ga unit"), "{help:?}");
    Ok(())
}
