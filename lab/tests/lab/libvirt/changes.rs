//! What libvirt has changed in the guest.

use super::rows;
use anyhow::Result;
use qga_lab::domain::Domain;
use serde_json::json;
use std::{
    fs,
    time::{SystemTime, UNIX_EPOCH},
};

const ONLINE: &str = "cat /sys/devices/system/cpu/online";

pub(super) fn processors(domain: &mut Domain) -> Result<()> {
    assert_eq!(rows(&domain.virsh("guestvcpus", &[])?), ["vcpus : 0-1", "online : 0-1", "offlinable : 1"]);
    domain.virsh("guestvcpus", &["--disable", "--cpulist", "1"])?;
    assert_eq!(domain.sh(ONLINE)?, "0");
    assert_eq!(rows(&domain.virsh("guestvcpus", &[])?), ["vcpus : 0-1", "online : 0", "offlinable : 1"]);
    domain.virsh("guestvcpus", &["--enable", "--cpulist", "1"])?;
    assert_eq!(domain.sh(ONLINE)?, "0-1");
    domain.virsh("setvcpus", &["1", "--guest"])?;
    assert_eq!(domain.sh(ONLINE)?, "0");
    domain.virsh("setvcpus", &["2", "--guest"])?;
    assert_eq!(domain.sh(ONLINE)?, "0-1");
    let complaint = domain.complaint("guestvcpus", &["--disable", "--cpulist", "0"])?;
    assert!(complaint.ends_with("vCPU '0' is not offlinable"), "{complaint}");
    Ok(())
}

pub(super) fn domtime(domain: &mut Domain) -> Result<()> {
    domain.virsh("domtime", &["--time", "1900000000"])?;
    assert_near(seconds(&domain.sh("date +%s")?)?, 1_900_000_000);
    assert_near(seconds(&domain.virsh("domtime", &[])?)?, 1_900_000_000);
    assert!(domain.virsh("domtime", &["--pretty"])?.starts_with("Time: 2030-03-17 17:"));
    domain.sh("date -s @1500000000")?;
    domain.virsh("domtime", &["--sync"])?;
    assert_near(seconds(&domain.sh("date +%s")?)?, 1_900_000_000);
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    domain.virsh("domtime", &["--now"])?;
    assert_near(seconds(&domain.sh("date +%s")?)?, now);
    assert_near(seconds(&domain.sh("cat /sys/class/rtc/rtc0/since_epoch")?)?, now);
    Ok(())
}

/// The number in `NUMBER` or `Time: NUMBER`.
fn seconds(text: &str) -> Result<u64> {
    Ok(text.trim_start_matches("Time: ").parse()?)
}

/// Some minutes are what a busy machine may take; the times to tell apart are years away from each other.
fn assert_near(time: u64, expected: u64) {
    assert!(time.abs_diff(expected) < 600, "{time} instead of {expected}");
}

pub(super) fn set_user_password(domain: &mut Domain) -> Result<()> {
    domain.virsh("set-user-password", &["amy", "se cret"])?;
    assert_eq!(domain.sh("cat /run/chpasswd")?, "\namy:se cret");
    domain.virsh("set-user-password", &["amy", "$6$salt$hash", "--encrypted"])?;
    assert_eq!(domain.sh("cat /run/chpasswd")?, "-e\namy:$6$salt$hash");
    Ok(())
}

pub(super) fn user_sshkeys(domain: &mut Domain) -> Result<()> {
    let (one, two) = ("ssh-ed25519 AAAA one", "ssh-ed25519 BBBB two");
    let file = domain.libvirt.directory().join("keys").to_string_lossy().into_owned();
    let mut change = |keys: &str, options: &[&str]| -> Result<String> {
        fs::write(&file, keys)?;
        domain.virsh("set-user-sshkeys", &[&["amy", "--file", &file], options].concat())?;
        domain.sh("cat /home/amy/.ssh/authorized_keys; stat -c %U /home/amy/.ssh/authorized_keys")
    };
    // The reference writes no newline at the end.
    let is = |told: String, keys: &str| assert_eq!(told.replace("amy", "").replace('\n', ""), keys);
    is(change(&format!("{one}\n{two}\n"), &[])?, &format!("{one}{two}"));
    is(change(&format!("{one}\n"), &["--remove"])?, two);
    is(change(&format!("{one}\n"), &["--reset"])?, one);
    assert_eq!(domain.virsh("get-user-sshkeys", &["amy"])?, one);
    let complaint = domain.complaint("get-user-sshkeys", &["nobody"])?;
    assert!(complaint.contains("failed to lookup user 'nobody'"), "{complaint}");
    Ok(())
}

pub(super) fn domfsfreeze(domain: &mut Domain) -> Result<()> {
    assert_eq!(domain.virsh("domfsfreeze", &[])?, "Froze 2 filesystem(s)");
    assert_eq!(domain.ask("guest-fsfreeze-status")?, json!({ "return": "frozen" }));
    let complaint = domain.complaint("domfsinfo", &[])?;
    assert!(complaint.contains("Command guest-get-fsinfo has been disabled"), "{complaint}");
    // Told to get all there is, libvirt passes over what it does not get.
    assert_eq!(domain.virsh("guestinfo", &[])?, "");
    assert_eq!(domain.virsh("domfsthaw", &[])?, "Thawed 2 filesystem(s)");
    assert_eq!(domain.virsh("domfsthaw", &[])?, "Thawed 0 filesystem(s)");
    assert_eq!(domain.virsh("domfsfreeze", &["/mnt/xfs"])?, "Froze 1 filesystem(s)");
    domain.sh("echo text >/mnt/ext4/file; sync /mnt/ext4/file")?;
    assert_eq!(domain.virsh("domfsthaw", &[])?, "Thawed 1 filesystem(s)");
    domain.sh("echo text >/mnt/xfs/file")?;
    Ok(())
}

pub(super) fn domfstrim(domain: &mut Domain) -> Result<()> {
    domain.virsh("domfstrim", &[])?;
    domain.virsh("domfstrim", &["--minimum", "1048576"])?;
    Ok(())
}

pub(super) fn snapshot(domain: &mut Domain) -> Result<()> {
    domain.sh("rm /run/hook.log")?;
    let options = ["before", "--disk-only", "--quiesce", "--no-metadata", "--diskspec", "vda,snapshot=no"];
    domain.virsh("snapshot-create-as", &options)?;
    assert_eq!(domain.sh("cat /run/hook.log")?, "freeze\nthaw");
    let disks = domain.virsh("domblklist", &[])?;
    assert!(disks.contains("disk-ext4.before") && disks.contains("disk-xfs.before"), "{disks}");
    domain.sh("echo text >/mnt/ext4/after; sync /mnt/ext4/after")?;
    assert_eq!(domain.ask("guest-fsfreeze-status")?, json!({ "return": "thawed" }));
    Ok(())
}
