//! Our Debian package and our archive in a Debian system: in the place of the reference agent's, upgraded, taken away again.

use crate::debian::{UNIT, property, the_agent_goes_and_comes_with_its_port, wait_until_active};
use anyhow::{Context, Result, ensure};
use base64::{Engine, prelude::BASE64_STANDARD};
use qga_lab::{Guest, layouts, program};
use qga_packaging::{AGENT, Source, deb, tarball};
use qga_testkit::cache;
use serde_json::json;
use std::{fs, path::Path};

const OURS: &str = "/root/ours.deb";
const OURS_LATER: &str = "/root/ours-later.deb";
const THEIRS: &str = "/root/theirs.deb";
/// How much of a package goes to the guest in one request.
const PIECE: usize = 1 << 20;

#[test]
fn the_package_takes_the_reference_agents_place_and_gives_it_back() -> Result<()> {
    let mut guest = layouts::debian()?.start()?;
    restore_the_reference_agent(&mut guest)?;
    put(&mut guest, OURS, &package("1.0.0")?)?;
    put(&mut guest, OURS_LATER, &package("1.0.1")?)?;
    put(&mut guest, THEIRS, &fs::read(cache::oracle_package()?)?)?;
    guest.sh("printf '[general]\\nblock-rpcs=guest-get-users\\n' >/etc/qemu/qemu-ga.conf")?;

    install(&mut guest, OURS)?;
    assert!(is_ours(&mut guest)?);
    assert_eq!(status(&mut guest, "qemu-guest-agent")?, "config-files");
    assert_eq!(status(&mut guest, AGENT.name)?, "installed");
    guest.refusal("guest-get-users", json!({}))?;

    assert_eq!(property(&mut guest, "Type")?, "notify");
    let before = property(&mut guest, "MainPID")?;
    install(&mut guest, OURS_LATER)?;
    assert!(is_ours(&mut guest)?);
    assert_ne!(property(&mut guest, "MainPID")?, before);
    guest.refusal("guest-get-users", json!({}))?;

    the_agent_goes_and_comes_with_its_port(&mut guest)?;

    dpkg(&mut guest, &format!("--remove {}", AGENT.name))?;
    assert_eq!(guest.try_sh(&format!("systemctl is-active {UNIT}"))?.text, "inactive");
    assert_ne!(guest.try_sh("test -e /usr/sbin/qemu-ga")?.status, 0);

    install(&mut guest, THEIRS)?;
    assert!(!is_ours(&mut guest)?);
    assert_eq!(status(&mut guest, "qemu-guest-agent")?, "installed");
    guest.refusal("guest-get-users", json!({}))?;
    Ok(())
}

#[test]
fn a_system_that_never_had_an_agent_gets_the_hook_and_loses_it_again() -> Result<()> {
    let mut guest = layouts::debian()?.start()?;
    put(&mut guest, OURS, &package("1.0.0")?)?;
    dpkg(&mut guest, "--purge qemu-guest-agent")?;
    guest.sh("rm -rf /etc/qemu")?;
    install(&mut guest, OURS)?;
    assert_eq!(guest.sh("readlink -f /etc/qemu/fsfreeze-hook")?, "/usr/share/qga-guest-agent/fsfreeze-hook");
    dpkg(&mut guest, &format!("--purge {}", AGENT.name))?;
    assert_eq!(guest.sh("ls -d /etc/qemu /usr/share/qga-guest-agent 2>/dev/null || true")?, "");
    Ok(())
}

#[test]
fn the_archive_takes_the_packaged_agents_place_until_it_is_uninstalled() -> Result<()> {
    let mut guest = layouts::debian()?.start()?;
    restore_the_reference_agent(&mut guest)?;
    put(&mut guest, "/root/archive.tar.gz", &archive()?)?;
    guest.sh("mkdir /root/archive")?;
    run(&mut guest, "tar -xzf /root/archive.tar.gz --strip-components=1 -C /root/archive")?;
    let packaged = property(&mut guest, "FragmentPath")?;

    run(&mut guest, "/root/archive/install.sh")?;
    wait_until_active(&mut guest)?;
    guest.sync()?;
    assert!(is_ours(&mut guest)?);
    assert_eq!(property(&mut guest, "FragmentPath")?, format!("/etc/systemd/system/{UNIT}"));
    the_agent_goes_and_comes_with_its_port(&mut guest)?;

    run(&mut guest, "/root/archive/install.sh --uninstall")?;
    wait_until_active(&mut guest)?;
    guest.sync()?;
    assert!(!is_ours(&mut guest)?);
    assert_eq!(property(&mut guest, "FragmentPath")?, packaged);
    Ok(())
}

/// The layout has our agent in the place of the packaged one; a test of packages begins with the latter.
fn restore_the_reference_agent(guest: &mut Guest) -> Result<()> {
    guest.sh("cp /usr/local/sbin/packaged-agent /usr/sbin/new && mv /usr/sbin/new /usr/sbin/qemu-ga")?;
    guest.sh(&format!("systemctl restart {UNIT}"))?;
    guest.sync()?;
    ensure!(!is_ours(guest)?, "the reference agent's package has our agent");
    Ok(())
}

/// Our agent's package, with this version.
fn package(version: &str) -> Result<Vec<u8>> {
    built(version, |source| deb::build(&AGENT, source))
}

/// The archive with our agent, and a stand-in for the client, as all of it is sent to a guest.
fn archive() -> Result<Vec<u8>> {
    built("1.0.0", |source| {
        fs::write(source.programs.join("qga"), "#!/bin/sh\n")?;
        tarball::build(source)
    })
}

/// What is made of our agent, without what only a debugger wants.
fn built(version: &str, make: impl FnOnce(&Source<'_>) -> Result<Vec<u8>>) -> Result<Vec<u8>> {
    let directory = tempfile::tempdir()?;
    let agent = qga_testkit::program::ours()?;
    let stripped = directory.path().join("qemu-ga");
    program::run("strip", &["-o".as_ref(), stripped.as_os_str(), agent.as_os_str()])?;
    make(&Source {
        repository: Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")),
        programs: directory.path(),
        version,
        architecture: std::env::consts::ARCH,
        time: 0,
    })
}

/// Writes a file in the guest, by way of its agent.
fn put(guest: &mut Guest, path: &str, content: &[u8]) -> Result<()> {
    let handle = guest.call("guest-file-open", json!({ "path": path, "mode": "w" }))?;
    for piece in content.chunks(PIECE) {
        let text = BASE64_STANDARD.encode(piece);
        let written = guest.call("guest-file-write", json!({ "handle": handle, "buf-b64": text }))?;
        ensure!(
            written.get("count").and_then(serde_json::Value::as_u64) == Some(piece.len() as u64),
            "{written}"
        );
    }
    guest.call("guest-file-close", json!({ "handle": handle }))?;
    Ok(())
}

/// Installs a package, and waits until the agent of now answers.
fn install(guest: &mut Guest, path: &str) -> Result<()> {
    dpkg(guest, &format!("--install {path}"))?;
    wait_until_active(guest)?;
    guest.sync()
}

/// Runs dpkg, which must succeed without asking anything.
fn dpkg(guest: &mut Guest, arguments: &str) -> Result<()> {
    run(guest, &format!("dpkg {arguments}"))
}

/// Runs what takes its time in a guest, and must succeed.
fn run(guest: &mut Guest, command: &str) -> Result<()> {
    guest.sh_for(&format!("{command} </dev/null >/root/log 2>&1; echo $? >/root/code"), 300)?;
    let code = guest.sh("cat /root/code")?;
    ensure!(code == "0", "{command} ended with {code}: {}", guest.sh("cat /root/log")?);
    Ok(())
}

/// What dpkg says of the package.
fn status(guest: &mut Guest, package: &str) -> Result<String> {
    guest.sh(&format!("dpkg-query --show --showformat='${{db:Status-Status}}' {package}"))
}

/// Whether the agent that runs is ours, which names itself on a second line.
fn is_ours(guest: &mut Guest) -> Result<bool> {
    let version =
        guest.sh(&format!("\"$(readlink /proc/$(systemctl show -P MainPID {UNIT})/exe)\" --version"))?;
    let first = version.lines().next().context("no version")?;
    ensure!(first.starts_with("QEMU Guest Agent "), "{first}");
    Ok(version.lines().any(|line| line.starts_with("qga ")))
}
