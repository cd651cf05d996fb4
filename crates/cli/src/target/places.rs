//! Where the guests of this host are found: the user's configuration, libvirt's and Proxmox's known places, and
//! directories that are named.

use super::{Domain, Target, config, virsh};
use crate::output;
use crate::process;
use crate::terminal::Escaped;
use anyhow::Context;
use qga_client::Address;
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Where Proxmox VE keeps the sockets of its machines, `VMID.qga`, and their settings, `VMID.conf`.
pub(super) const PVE_SOCKETS: &str = "/var/run/qemu-server";
pub(super) const PVE_SUFFIX: &str = "qga";
const PVE_SETTINGS: &str = "/etc/pve/qemu-server";

/// Where libvirt keeps the channels of the domains that run, `ID-NAME`, or `domain-ID-NAME` in older versions: for when
/// virsh is missing.
const LIBVIRT_CHANNELS: [&str; 2] = ["/run/libvirt/qemu/channel", "/var/lib/libvirt/qemu/channel/target"];

/// How long libvirt may take to list its domains.
const VIRSH_PATIENCE: Duration = Duration::from_secs(5);

/// A guest, by the name that patterns are matched with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) name: String,
    pub(crate) target: Target,
}

/// The guests of the configuration.
pub(crate) fn configured() -> anyhow::Result<Vec<Found>> {
    let guests = config::load(config::path().as_deref())?.into_iter();
    Ok(guests.map(|(name, target)| Found { name, target }).collect())
}

/// All guests of this host that can be known, each once, those of the configuration first.
pub(crate) fn known() -> anyhow::Result<Vec<Found>> {
    let mut found = configured()?;
    let others = pve(Path::new(PVE_SOCKETS), Path::new(PVE_SETTINGS)).into_iter().chain(libvirt());
    for other in others {
        if !found.iter().any(|known| known.target == other.target) {
            found.push(other);
        }
    }
    Ok(found)
}

/// The sockets in a directory.
pub(crate) fn in_directory(directory: &Path) -> anyhow::Result<Vec<Found>> {
    let context = || format!("cannot look into {}", directory.display());
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(directory).with_context(context)? {
        let path = entry.with_context(context)?.path();
        let is_socket = fs::metadata(&path).is_ok_and(|file| !file.is_file() && !file.is_dir());
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned());
        if let Some(name) = name.filter(|_| is_socket) {
            found.insert(path.clone(), Found { name, target: Target::Channel(Address::Unix(path)) });
        }
    }
    Ok(found.into_values().collect())
}

fn pve(sockets: &Path, settings: &Path) -> Vec<Found> {
    let machine = |path: PathBuf| -> Option<u32> {
        (path.extension()? == PVE_SUFFIX).then(|| path.file_stem()?.to_str()?.parse().ok()).flatten()
    };
    let mut machines: Vec<_> = entries(sockets).filter_map(machine).collect();
    machines.sort_unstable();
    let found = |machine: u32| {
        let name = fs::read_to_string(settings.join(format!("{machine}.conf"))).ok().and_then(|text| {
            // Sections are of snapshots, when it may have been called otherwise.
            let mut lines = text.lines().take_while(|line| !line.starts_with('['));
            Some(lines.find_map(|line| line.strip_prefix("name: "))?.trim().to_owned())
        });
        Found { name: name.unwrap_or_else(|| machine.to_string()), target: Target::Pve(machine) }
    };
    machines.into_iter().map(found).collect()
}

fn libvirt() -> Vec<Found> {
    let mut command = Command::new(virsh::PROGRAM);
    command.args(["list", "--name"]).env("LC_ALL", "C");
    let deadline = Some(Instant::now() + VIRSH_PATIENCE);
    let names = match process::run(&mut command, deadline, 1 << 20) {
        Ok(finished) if finished.status.success() => names_listed(&String::from_utf8_lossy(&finished.output)),
        Ok(finished) => nothing_of_libvirt(&virsh::complaint(&finished.errors)),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            LIBVIRT_CHANNELS.iter().flat_map(|place| names_of_channels(Path::new(place))).collect()
        }
        Err(error) => nothing_of_libvirt(&error.to_string()),
    };
    let found = |name: String| {
        let target = Target::Libvirt(Domain { uri: None, name: name.clone() });
        Found { name, target }
    };
    names.into_iter().map(found).collect()
}

/// Says why libvirt's domains are not known, unless it just does not run here.
fn nothing_of_libvirt(reason: &str) -> Vec<String> {
    if !(reason.contains("Failed to connect socket") && reason.contains("No such file or directory")) {
        output::remark(&format!("qga: libvirt does not tell its domains: {}", Escaped(reason)));
    }
    Vec::new()
}

fn names_listed(output: &str) -> Vec<String> {
    output.lines().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn names_of_channels(place: &Path) -> Vec<String> {
    let name = |path: PathBuf| {
        let entry = path.file_name()?.to_str()?;
        let (id, name) = entry.strip_prefix("domain-").unwrap_or(entry).split_once('-')?;
        id.parse::<u32>().is_ok().then(|| name.to_owned())
    };
    entries(place).filter_map(name).collect()
}

/// What a place holds; nothing when there is no such place, or it is not for us to see.
fn entries(place: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(place).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;
    use tempfile::TempDir;

    #[test]
    fn machines_of_proxmox_have_the_names_of_their_settings() {
        let place = TempDir::new().unwrap();
        for name in ["101.qga", "100.qga", "100.qmp", "x.qga"] {
            fs::write(place.path().join(name), "").unwrap();
        }
        fs::write(place.path().join("100.conf"), "cores: 2\nname: web1\n").unwrap();
        fs::write(place.path().join("101.conf"), "cores: 2\n\n[before]\nname: old\n").unwrap();
        let found = |name: &str, machine| Found { name: name.into(), target: Target::Pve(machine) };
        assert_eq!(pve(place.path(), place.path()), [found("web1", 100), found("101", 101)]);
    }

    #[test]
    fn domains_are_known_by_virsh_or_by_their_channels() {
        assert_eq!(names_listed("web1\ndb 2\n\n"), ["web1", "db 2"]);
        let place = TempDir::new().unwrap();
        fs::create_dir(place.path().join("domain-7-web-1")).unwrap();
        for name in ["8-db", "other", "not-this"] {
            fs::create_dir(place.path().join(name)).unwrap();
        }
        let mut names = names_of_channels(place.path());
        names.sort_unstable();
        assert_eq!(names, ["db", "web-1"]);
    }

    #[test]
    fn only_sockets_of_a_directory_are_guests() {
        let place = TempDir::new().unwrap();
        let socket = place.path().join("guest.sock");
        drop(UnixListener::bind(&socket).unwrap());
        fs::write(place.path().join("file"), "").unwrap();
        let expected = [Found { name: "guest".into(), target: Target::Channel(Address::Unix(socket)) }];
        assert_eq!(in_directory(place.path()).unwrap(), expected);
        assert!(in_directory(Path::new("/nonexistent")).is_err());
    }
}
