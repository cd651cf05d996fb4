//! The scripts by which other systems than systemd start the agent, with stand-ins for what these bring.

use anyhow::{Result, ensure};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn packaging(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Runs a script that reads others by `$1`.
fn sh(shell: &str, script: &str, path: &Path) -> Result<Output> {
    Ok(Command::new(shell).args(["-c", script, shell]).arg(path).output()?)
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn every_script_can_be_parsed() -> Result<()> {
    let scripts = [
        ("sh", "deb/p*"),
        ("sh", "rpm/p*"),
        ("sh", "tarball/*"),
        ("sh", "hook/*"),
        ("sh", "openrc/*"),
        ("sh", "freebsd/*"),
        ("sh", "initramfs-tools/*"),
        ("bash", "dracut/*/*"),
    ];
    for (shell, pattern) in scripts {
        let mut count = 0;
        for path in glob::glob(&packaging(pattern).to_string_lossy())? {
            let parsed = Command::new(shell).arg("-n").arg(path?).output()?;
            ensure!(parsed.status.success(), "{}", told(&parsed));
            count += 1;
        }
        ensure!(count > 0, "{pattern} is nothing");
    }
    Ok(())
}

/// The service manager's programs read the script and call its functions.
#[test]
fn openrc_starts_no_agent_without_a_port_unless_it_is_told_another_channel() -> Result<()> {
    let start = |settings: &str| {
        let script = format!(
            "RC_SVCNAME=agent; eerror() {{ echo \"$*\"; }}; need() {{ echo \"needs $*\"; }}; use() {{ :; }}; \
             after() {{ :; }}; . \"$1\"; {settings}; depend; start_pre && echo \"starts $command with $pidfile\""
        );
        sh("sh", &script, &packaging("openrc/qemu-guest-agent"))
    };
    let started = "needs localmount\nstarts /usr/sbin/qemu-ga with /run/agent.pid\n";
    assert_eq!(told(&start("port=/dev/null")?), started);
    assert_eq!(told(&start("port=/nonexistent; command_args='-m vsock-listen'")?), started);
    if !Path::new("/etc/qemu/qemu-ga.conf").exists() {
        let refused = start("port=/nonexistent; command_args=")?;
        ensure!(
            !refused.status.success() && told(&refused).contains("/nonexistent is missing"),
            "{refused:?}"
        );
    }
    Ok(())
}

#[test]
fn dracut_takes_the_agent_only_when_asked_and_ends_it_before_the_real_system() -> Result<()> {
    let image = tempfile::tempdir()?;
    let stand_ins = format!(
        "initdir={}; systemdsystemunitdir=/lib/systemd/system; \
         for name in inst_multiple inst_rules inst_simple instmods; do eval \"$name() {{ echo $name \\\"\\$@\\\"; }}\"; done; \
         require_binaries() {{ [ \"$present\" = yes ]; }}; . \"$1\"; ",
        image.path().display()
    );
    let run = |rest: &str| {
        sh("bash", &(stand_ins.clone() + rest), &packaging("dracut/90qemu-guest-agent/module-setup.sh"))
    };
    assert_eq!(run("present=yes; check")?.status.code(), Some(255));
    assert_eq!(run("present=no; check")?.status.code(), Some(1));
    let installed = told(&run("installkernel; install")?);
    for line in [
        "instmods virtio_console virtio_pci",
        "inst_multiple qemu-ga",
        "inst_rules 99-qemu-guest-agent.rules",
        "inst_simple /lib/systemd/system/qemu-guest-agent.service",
    ] {
        ensure!(installed.lines().any(|installed| installed == line), "{line}: {installed}");
    }
    let settings = "lib/systemd/system/qemu-guest-agent.service.d/initramfs.conf";
    let settings = fs::read_to_string(image.path().join(settings))?;
    ensure!(settings.starts_with("[Unit]\n") && settings.contains("\nConflicts=initrd-switch-root.target\n"));
    Ok(())
}

#[test]
fn initramfs_tools_is_told_what_goes_first_and_boots_without_a_port() -> Result<()> {
    for script in ["hook", "init-premount"] {
        let asked =
            Command::new("sh").arg(packaging("initramfs-tools").join(script)).arg("prereqs").output()?;
        assert_eq!(told(&asked), "udev\n");
    }
    if Path::new("/dev/virtio-ports/org.qemu.guest_agent.0").exists() {
        return Ok(());
    }
    // In their places, as the real ones would load a driver into this machine and wait for it.
    let programs = tempfile::tempdir()?;
    for name in ["modprobe", "udevadm"] {
        let program = programs.path().join(name);
        fs::write(&program, "#!/bin/sh\nexit 1\n")?;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
    }
    let booted = Command::new("/bin/sh")
        .arg(packaging("initramfs-tools/init-premount"))
        .env("PATH", programs.path())
        .output()?;
    ensure!(booted.status.success() && told(&booted).is_empty(), "{booted:?}");
    Ok(())
}
