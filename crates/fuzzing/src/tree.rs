//! What is read from the guest's files: each target lays the bytes where the reader finds them.

use nix::unistd::{getgid, getgroups, getuid};
use qga_platform::account::Account;
use qga_platform::{Root, cpu, mounts, network, ssh, storage, system};
use std::cell::OnceCell;
use std::time::{Duration, SystemTime};
use std::{fs, io};
use tempfile::TempDir;

/// A disk of which sysfs knows no more than that it is there.
const DISK: &str = "/sys/devices/pci0000:00/block/sda";
const USUAL_UEVENT: &[u8] = b"MAJOR=8\nMINOR=0\nDEVNAME=sda\nDEVTYPE=disk\n";
/// A summer's day, when rules of daylight saving are looked at.
const SUMMER: Duration = Duration::from_secs(1_721_001_600);

pub(crate) fn mountinfo(input: &[u8]) {
    told(mounts::list(&with("/proc/self/mountinfo", input)));
}

pub(crate) fn mounts(input: &[u8]) {
    let root = with("/proc/self/mounts", input);
    let newer = root.path("/proc/self/mountinfo");
    if newer.exists() {
        told(fs::remove_file(newer));
    }
    told(mounts::list(&root));
}

pub(crate) fn interface_counters(input: &[u8]) {
    told(network::interfaces(&with("/proc/net/dev", input)));
}

pub(crate) fn ipv4_routes(input: &[u8]) {
    told(network::routes(&with("/proc/net/route", input)));
}

pub(crate) fn ipv6_routes(input: &[u8]) {
    told(network::routes(&with("/proc/net/ipv6_route", input)));
}

pub(crate) fn disk_counters(input: &[u8]) {
    told(storage::stats(&with("/proc/diskstats", input)));
}

pub(crate) fn processor_times(input: &[u8]) {
    told(cpu::times(&with("/proc/stat", input)));
}

pub(crate) fn uevent(input: &[u8]) {
    // A device that the kernel gives no name is not told.
    assert!(disks(input, b"E:ID_SERIAL=serial\n") < 2);
}

pub(crate) fn udev(input: &[u8]) {
    assert_eq!(disks(USUAL_UEVENT, input), 1);
}

pub(crate) fn logins(input: &[u8]) {
    let users = told(system::users(&with("/var/run/utmp", input)));
    let names: std::collections::BTreeSet<_> = users.iter().map(|user| &user.name).collect();
    assert_eq!(names.len(), users.len(), "somebody is told twice");
}

pub(crate) fn os_release(input: &[u8]) {
    let _said = system::os_release(&with("/etc/os-release", input), None);
}

/// A line that was added is there, and is gone when it was removed; the other lines stay.
pub(crate) fn authorized_keys(input: &[u8]) {
    let (keys, key) = (with("/home/u/.ssh/authorized_keys", input), ["a key of the fuzzer's".to_owned()]);
    let account = Account {
        name: "u".to_owned(),
        uid: getuid(),
        gid: getgid(),
        groups: told(getgroups()),
        home: "/home/u".into(),
    };
    let before = told(ssh::authorized_keys(&keys, &account));
    if before.contains(&key[0]) {
        return;
    }
    told(ssh::add(&keys, &account, &key, ssh::Existing::Keep));
    let more: Vec<_> = key.iter().chain(&before).cloned().collect();
    assert_eq!(told(ssh::authorized_keys(&keys, &account)), more);
    told(ssh::remove(&keys, &account, &key));
    assert_eq!(told(ssh::authorized_keys(&keys, &account)), before);
}

/// What the variable `TZ` says.
pub(crate) fn timezone(input: &[u8]) {
    let variable = String::from_utf8_lossy(input);
    let name = variable.strip_prefix(':').unwrap_or(&variable);
    // That would be another file than the fuzzer's own.
    if name.contains("..") {
        return;
    }
    in_force(&Root::at(with("/etc/localtime", b"").path("/nowhere")), Some(&variable));
}

pub(crate) fn zone_file(input: &[u8]) {
    in_force(&with("/etc/localtime", input), None);
}

fn in_force(root: &Root, variable: Option<&str>) {
    let zone = system::timezone(root, variable, SystemTime::UNIX_EPOCH + SUMMER);
    assert!(zone.offset.unsigned_abs() < 200 * 3600, "{zone:?}");
}

/// How many disks are told.
fn disks(uevent: &[u8], database: &[u8]) -> usize {
    let root = with(&format!("{DISK}/uevent"), uevent);
    with(&format!("{DISK}/size"), b"8\n");
    with("/run/udev/data/b8:0", database);
    let link = root.path("/sys/block/sda");
    if !link.exists() {
        told(fs::create_dir_all(root.path("/sys/block")));
        told(std::os::unix::fs::symlink("../devices/pci0000:00/block/sda", link));
    }
    told(storage::disks(&root)).len()
}

/// The tree of this thread with `content` at `path`; it stays for the next input.
fn with(path: &str, content: &[u8]) -> Root {
    thread_local!(static TREE: OnceCell<TempDir> = const { OnceCell::new() });
    let top = TREE.with(|tree| tree.get_or_init(|| told(in_memory())).path().to_owned());
    let root = Root::at(top);
    let place = root.path(path);
    if !place.exists() {
        told(place.parent().map_or(Ok(()), fs::create_dir_all));
    }
    told(fs::write(place, content));
    root
}

/// A directory in memory, where replacing a file waits for no disk; elsewhere if there is none.
fn in_memory() -> io::Result<TempDir> {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())
}

/// A reader has no reason to refuse: what makes no sense is passed over.
#[expect(clippy::panic, reason = "that is how a fuzzer is told")]
fn told<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}
