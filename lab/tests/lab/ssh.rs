//! Keys of users who mean well and of one who does not.

use anyhow::Result;
use qga_lab::{Guest, layouts};
use serde_json::{Value, json};

const ADD: &str = "guest-ssh-add-authorized-keys";
const GET: &str = "guest-ssh-get-authorized-keys";
const REMOVE: &str = "guest-ssh-remove-authorized-keys";
const FILE: &str = "/home/amy/.ssh/authorized_keys";

#[test]
fn keys_belong_to_their_user() -> Result<()> {
    let mut guest = guest_of_amy()?;
    assert_eq!(guest.call(ADD, keys(&["one", "two"]))?, json!({}));
    assert_eq!(guest.sh("stat -c '%a %U %G' ~amy/.ssh ~amy/.ssh/*")?, "700 amy amy\n600 amy amy");
    assert_eq!(guest.call(GET, json!({ "username": "amy" }))?, json!({ "keys": ["two", "one"] }));
    assert_eq!(guest.call(REMOVE, keys(&["one"]))?, json!({}));
    assert_eq!(guest.sh(&format!("cat {FILE}"))?, "two");
    Ok(())
}

#[test]
fn the_groups_of_the_user_count() -> Result<()> {
    let mut guest = guest_of_amy()?;
    guest.sh("groupadd keepers; install -d -o root -g keepers -m 770 ~amy/.ssh")?;
    let refusal = guest.refusal(ADD, keys(&["one"]))?;
    assert!(refusal.description.ends_with("Permission denied"), "{refusal}");
    guest.sh("usermod -aG keepers amy")?;
    assert_eq!(guest.call(ADD, keys(&["one"]))?, json!({}));
    Ok(())
}

#[test]
fn links_to_what_is_roots_lead_nowhere() -> Result<()> {
    let mut guest = guest_of_amy()?;
    guest.sh("mkdir -p -m 777 /root/.ssh; chmod 755 /root; echo roots >/root/.ssh/authorized_keys")?;
    guest.sh(&format!("install -d -o amy -m 700 ~amy/.ssh; su amy -c 'ln -s /etc/shadow {FILE}'"))?;
    for refusal in refusals(&mut guest)? {
        assert!(refusal.ends_with(": Too many levels of symbolic links"), "{refusal}");
    }
    guest.sh("su amy -c 'rm -r ~/.ssh; ln -s /root/.ssh ~/.ssh'")?;
    for refusal in refusals(&mut guest)? {
        assert!(refusal.ends_with(": Not a directory"), "{refusal}");
    }
    assert_eq!(guest.sh("cd /root/.ssh; echo *; cat *")?, "authorized_keys\nroots");
    Ok(())
}

#[test]
fn a_second_name_of_what_is_roots_is_not_read() -> Result<()> {
    let mut guest = guest_of_amy()?;
    guest.sh(&format!("install -d -o amy -m 700 ~amy/.ssh; echo roots >/root/file; chmod 600 /root/file; ln /root/file {FILE}"))?;
    for refusal in refusals(&mut guest)? {
        assert!(refusal.ends_with(": Permission denied"), "{refusal}");
    }
    assert_eq!(guest.sh("cat /root/file")?, "roots");
    Ok(())
}

#[test]
fn a_pipe_in_place_of_the_file_holds_nobody_up() -> Result<()> {
    let mut guest = guest_of_amy()?;
    guest.sh(&format!("install -d -o amy -m 700 ~amy/.ssh; su amy -c 'mkfifo {FILE}'"))?;
    for refusal in refusals(&mut guest)? {
        assert!(refusal.ends_with(": it is not a regular file"), "{refusal}");
    }
    Ok(())
}

#[test]
fn a_directory_in_place_of_the_file_stays() -> Result<()> {
    let mut guest = guest_of_amy()?;
    guest.sh(&format!("su amy -c 'mkdir -p -m 700 {FILE}'"))?;
    refusals(&mut guest)?;
    assert_eq!(
        guest.sh("ls -A ~amy/.ssh ~amy/.ssh/*")?,
        format!("/home/amy/.ssh:\nauthorized_keys\n\n{FILE}:")
    );
    Ok(())
}

#[test]
fn a_home_that_is_not_the_users_is_not_written_to() -> Result<()> {
    let mut guest = guest_of_amy()?;
    guest.sh("useradd -m ben; mkdir -m 700 /root/.ssh; echo roots >/root/.ssh/authorized_keys")?;
    for home in ["/root", "/home/ben", "/etc"] {
        guest.sh(&format!("usermod -d {home} amy"))?;
        let refusal = guest.refusal(ADD, keys(&["new"]))?;
        assert!(refusal.description.ends_with("Permission denied"), "{home}: {refusal}");
    }
    assert_eq!(
        guest.sh("cat /root/.ssh/authorized_keys; ls -A /home/ben/.ssh /etc/.ssh 2>/dev/null; true")?,
        "roots"
    );
    Ok(())
}

#[test]
fn the_agent_stays_root_in_all_its_threads() -> Result<()> {
    let mut guest = guest_of_amy()?;
    let rights = "grep -hE '^(Uid|Gid|Groups|CapEff):' /proc/$(pidof qemu-ga)/task/*/status | sort -u";
    let before = guest.sh(rights)?;
    guest.call(ADD, keys(&["one"]))?;
    guest.refusal(ADD, json!({ "username": "nobody", "keys": ["one"] }))?;
    assert_eq!(guest.sh(rights)?, before);
    assert!(before.contains("Uid:\t0\t0\t0\t0"), "{before}");
    Ok(())
}

/// A Debian system with a user of that name.
fn guest_of_amy() -> Result<Guest> {
    let mut guest = layouts::debian()?.start()?;
    guest.sh("useradd -m -s /bin/sh amy")?;
    Ok(guest)
}

fn keys(keys: &[&str]) -> Value {
    json!({ "username": "amy", "keys": keys })
}

/// What each of the commands says when something is wrong with the directory or the file.
fn refusals(guest: &mut Guest) -> Result<[String; 4]> {
    let reset = json!({ "username": "amy", "keys": ["new"], "reset": true });
    Ok([
        guest.refusal(GET, json!({ "username": "amy" }))?.description,
        guest.refusal(ADD, keys(&["new"]))?.description,
        guest.refusal(ADD, reset)?.description,
        guest.refusal(REMOVE, keys(&["old"]))?.description,
    ])
}
