//! What the owner's rules let a host do with the commands that are permitted, in a guest where the agent could do all.

use crate::exec::run;
use anyhow::Result;
use qga_lab::{Guest, layouts};
use qga_testkit::program::reference_is_under_test;
use serde_json::json;

/// A host may look at logs, leave files in one place, see who a user is and manage one account.
const RULES: &str = "\
[policy]
profile=files
allow=@exec;@account
read-paths=/var/log/**
write-paths=/srv/*
accounts=amy
rate=guest-exec 5/h
largest-read=4
largest-output=3

[policy exec who]
program=/usr/bin/id
arguments=-u;-n
user=amy
";

fn guest() -> Result<Guest> {
    let mut guest = layouts::plain().start()?;
    guest.sh(
        "mkdir -p /srv /var/log /home/amy/.ssh; echo a long line >/var/log/messages; echo secret >/root/key",
    )?;
    guest.sh("ln -s /root/key /var/log/link; ln /root/key /var/log/name; chmod 755 / /srv /var/log")?;
    guest.sh("echo amy:x:1000:1000::/home/amy:/bin/sh >>/etc/passwd; echo amy:x:1000: >>/etc/group")?;
    guest.sh("chmod -R go= /home/amy; chown -R 1000 /home/amy")?;
    guest.sh(&format!("cat >/etc/rules.conf <<'END'\n{RULES}END"))?;
    guest.restart_agent("-c /etc/rules.conf")?;
    Ok(guest)
}

#[test]
fn files_are_opened_where_the_rules_say_and_nowhere_else() -> Result<()> {
    if reference_is_under_test() {
        return Ok(());
    }
    let mut guest = guest()?;
    let log = guest.call("guest-file-open", json!({ "path": "/var/log/messages" }))?;
    let read = guest.call("guest-file-read", json!({ "handle": log, "count": 100 }))?;
    assert_eq!(read, json!({ "count": 4, "buf-b64": "YSBsbw==", "eof": false }));
    for path in ["/root/key", "/var/log/link", "/var/log/name", "/var/log/../../root/key", "/srv/x"] {
        let refusal = guest.refusal("guest-file-open", json!({ "path": path }))?;
        assert!(!refusal.description.contains("No such file"), "{path}: {refusal}");
    }
    let left = guest.call("guest-file-open", json!({ "path": "/srv/x", "mode": "w" }))?;
    guest.call("guest-file-write", json!({ "handle": left, "buf-b64": "eA==" }))?;
    guest.call("guest-file-close", json!({ "handle": left }))?;
    guest.refusal("guest-file-open", json!({ "path": "/srv/deep/x", "mode": "w" }))?;
    guest.refusal("guest-file-open", json!({ "path": "/var/log/new", "mode": "a" }))?;
    assert_eq!(guest.sh("cat /srv/x; ls -1 /var/log /srv")?, "x/srv:\nx\n\n/var/log:\nlink\nmessages\nname");
    Ok(())
}

#[test]
fn a_program_is_run_as_its_rule_says_as_often_as_it_says() -> Result<()> {
    if reference_is_under_test() {
        return Ok(());
    }
    let mut guest = guest()?;
    for (path, arguments) in
        [("/bin/sh", json!(["-c", "id"])), ("/usr/bin/id", json!(["-u"])), ("id", json!([]))]
    {
        guest.refusal("guest-exec", json!({ "path": path, "arg": arguments }))?;
    }
    let program = json!({ "path": "/usr/bin/id", "arg": ["-u", "-n"], "capture-output": true });
    let answer = run(&mut guest, program.clone())?;
    assert_eq!(
        (&answer["exitcode"], &answer["out-data"], &answer["out-truncated"]),
        (&json!(0), &json!("YW15"), &json!(true))
    );
    run(&mut guest, program.clone())?;
    // The five requests of an hour are used up, those that were refused included.
    guest.refusal("guest-exec", program)?;
    Ok(())
}

#[test]
fn only_the_accounts_that_the_rules_name_are_changed() -> Result<()> {
    if reference_is_under_test() {
        return Ok(());
    }
    let mut guest = guest()?;
    let keys = |user| json!({ "username": user, "keys": ["ssh-ed25519 AAAA amy"] });
    guest.call("guest-ssh-add-authorized-keys", keys("amy"))?;
    assert_eq!(guest.sh("cat /home/amy/.ssh/authorized_keys")?, "ssh-ed25519 AAAA amy");
    let before = guest.sh("cat /etc/passwd; ls -a /root")?;
    guest.refusal("guest-ssh-add-authorized-keys", keys("root"))?;
    guest.refusal("guest-ssh-get-authorized-keys", json!({ "username": "root" }))?;
    let password = json!({ "username": "root", "password": "eA==", "crypted": false });
    let refusal = guest.refusal("guest-set-user-password", password)?;
    assert!(!refusal.description.contains("chpasswd"), "{refusal}");
    assert_eq!(guest.sh("cat /etc/passwd; ls -a /root")?, before);
    Ok(())
}
