//! Passwords of a Debian system.

use anyhow::Result;
use qga_lab::{Guest, layouts};
use qga_testkit::program::reference_is_under_test;
use serde_json::json;

/// `secret`, hashed with the salt `salt`: crypt(5), SHA-512.
const CRYPTED: &str = "$6$salt$";

#[test]
fn the_password_that_is_set_is_the_one_that_counts() -> Result<()> {
    let mut guest = layouts::debian()?.start()?;
    guest.sh("useradd amy")?;
    // `se cret: ä`
    let plain = json!({ "username": "amy", "password": "c2UgY3JldDogw6Q=", "crypted": false });
    assert_eq!(guest.call("guest-set-user-password", plain)?, json!({}));
    assert_eq!(guest.sh(&checked("se cret: ä"))?, "right");
    assert_eq!(guest.sh(&checked("another"))?, "wrong");
    // `$6$salt$`, which no password has.
    let crypted = json!({ "username": "amy", "password": "JDYkc2FsdCQ=", "crypted": true });
    assert_eq!(guest.call("guest-set-user-password", crypted)?, json!({}));
    assert_eq!(hash(&mut guest)?, CRYPTED);
    Ok(())
}

#[test]
fn a_user_whom_the_guest_does_not_know_is_told_and_the_password_is_not() -> Result<()> {
    let mut guest = layouts::debian()?.start()?;
    let unknown = json!({ "username": "amy", "password": "c2VjcmV0", "crypted": false });
    let refusal = guest.refusal("guest-set-user-password", unknown)?;
    assert!(refusal.description.starts_with("child process has failed to set user password: chpasswd: "));
    assert!(!refusal.description.contains("secret"), "{refusal}");
    assert_eq!(guest.sh("journalctl --no-pager | grep -c 'secret\\|c2VjcmV0'; true")?, "0");
    Ok(())
}

#[test]
fn no_list_of_processes_and_no_log_shows_a_password_that_is_being_set() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    guest.restart_agent("-v")?;
    guest.sh(
        "printf '#!/bin/sh\\ncat /proc/[0-9]*/cmdline /proc/[0-9]*/environ >/run/seen\\ncat >/run/input\\n' \
         >/usr/sbin/chpasswd; chmod 755 /usr/sbin/chpasswd",
    )?;
    let plain = json!({ "username": "amy", "password": "c2VjcmV0", "crypted": false });
    assert_eq!(guest.call("guest-set-user-password", plain)?, json!({}));
    assert_eq!(guest.sh("cat /run/input")?, "amy:secret");
    guest.sh("grep -q qemu-ga /run/seen")?;
    let seen = guest.try_sh("grep -l 'secret\\|c2VjcmV0' /run/seen /run/agent.log")?.text;
    // The reference logs requests whole when it is to be verbose.
    assert_eq!(seen, if reference_is_under_test() { "/run/agent.log" } else { "" });
    Ok(())
}

fn hash(guest: &mut Guest) -> Result<String> {
    guest.sh("getent shadow amy | cut -d: -f2")
}

/// Prints whether the password is amy's.
fn checked(password: &str) -> String {
    format!(
        "hash=$(getent shadow amy | cut -d: -f2); \
         [ \"$(perl -e 'print crypt($ARGV[0], $ARGV[1])' '{password}' \"$hash\")\" = \"$hash\" ] \
         && echo right || echo wrong"
    )
}
