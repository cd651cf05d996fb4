//! What the agent gives up under a profile, and that nothing which the profile permits is missed.

use crate::debian::UNIT;
use anyhow::{Context, Result, ensure};
use qga_lab::{Guest, Refusal, layouts};
use qga_wire::list::COMMANDS;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The profiles, and what `/proc/PID/status` shows of the agent under each.
const PROFILES: [(&str, &str); 4] = [
    ("locked", "CapEff: 0000000000000000 NoNewPrivs: 1 Seccomp: 2"),
    ("monitor", "CapEff: 0000000000000004 NoNewPrivs: 1 Seccomp: 2"),
    ("files", "CapEff: 000000000100001e NoNewPrivs: 1 Seccomp: 2"),
    ("backup", "CapEff: 0000000001204004 NoNewPrivs: 1 Seccomp: 2"),
];

/// Those that end or interrupt the guest, and one whose answer is no JSON alone.
const NOT_TRIED: [&str; 5] = [
    "guest-sync-delimited",
    "guest-shutdown",
    "guest-suspend-disk",
    "guest-suspend-ram",
    "guest-suspend-hybrid",
];

/// Makes what requests need.
const PREPARATION: &str = "\
    grep -q amy /etc/passwd || echo amy:x:1000:1000::/home/amy:/bin/sh >>/etc/passwd; \
    mkdir -p -m 700 /home/amy/.ssh; echo key >/home/amy/.ssh/authorized_keys; \
    chmod 600 /home/amy/.ssh/authorized_keys; chown -R 1000 /home/amy";

/// Commands that need arguments or an order; `@` and a name stands for what was answered before.
fn requests() -> Vec<(&'static str, Value)> {
    vec![
        ("__org.qga_freeze-report", json!({})),
        ("guest-sync", json!({ "id": 1 })),
        ("guest-get-time", json!({})),
        ("guest-set-time", json!({ "time": "@guest-get-time" })),
        ("guest-file-open", json!({ "path": "/root/file", "mode": "w+" })),
        ("guest-file-write", json!({ "handle": "@guest-file-open", "buf-b64": "eA==" })),
        ("guest-file-flush", json!({ "handle": "@guest-file-open" })),
        ("guest-file-seek", json!({ "handle": "@guest-file-open", "offset": 0, "whence": 0 })),
        ("guest-file-read", json!({ "handle": "@guest-file-open" })),
        ("guest-file-close", json!({ "handle": "@guest-file-open" })),
        ("guest-exec", json!({ "path": "/bin/true" })),
        ("guest-exec-status", json!({ "pid": "@guest-exec" })),
        ("guest-fsfreeze-freeze-list", json!({ "mountpoints": ["/mnt/ext4"] })),
        ("guest-fsfreeze-thaw", json!({})),
        ("guest-fsfreeze-freeze", json!({})),
        ("guest-fsfreeze-thaw", json!({})),
        ("guest-set-vcpus", json!({ "vcpus": [] })),
        ("guest-set-memory-blocks", json!({ "mem-blks": [] })),
        ("guest-set-user-password", json!({ "username": "amy", "password": "eA==", "crypted": false })),
        ("guest-ssh-get-authorized-keys", json!({ "username": "amy" })),
        ("guest-ssh-add-authorized-keys", json!({ "username": "amy", "keys": ["key"] })),
        ("guest-ssh-remove-authorized-keys", json!({ "username": "amy", "keys": ["other"] })),
    ]
}

/// What each command answers.
fn answers(guest: &mut Guest) -> Result<BTreeMap<&'static str, Answer>> {
    guest.sh(PREPARATION)?;
    let mut requests = requests();
    let named: Vec<&str> = requests.iter().map(|(command, _)| *command).chain(NOT_TRIED).collect();
    let others = COMMANDS.iter().map(|command| command.name).filter(|name| !named.contains(name));
    requests.extend(others.map(|command| (command, json!({}))));
    let mut answers = BTreeMap::new();
    for (command, mut arguments) in requests {
        fill(&mut arguments, &answers);
        answers.insert(command, answer(guest, command, arguments)?);
    }
    Ok(answers)
}

/// Puts what was answered before in the places that stand for it.
fn fill(arguments: &mut Value, answers: &BTreeMap<&str, Answer>) {
    for value in arguments.as_object_mut().into_iter().flat_map(|members| members.values_mut()) {
        let named = value.as_str().and_then(|text| answers.get(text.strip_prefix('@')?));
        if let Some(Answer::Returned(answered)) = named {
            *value = answered.get("pid").unwrap_or(answered).clone();
        }
    }
}

#[derive(Debug)]
enum Answer {
    Returned(Value),
    Refused(Refusal),
}

fn answer(guest: &mut Guest, command: &str, arguments: Value) -> Result<Answer> {
    match guest.call(command, arguments) {
        Ok(value) => Ok(Answer::Returned(value)),
        Err(error) => Ok(Answer::Refused(error.downcast()?)),
    }
}

/// Whether both are of one kind: for what comes and goes from one call to the next need not be the same.
fn alike(one: &Answer, other: &Answer) -> bool {
    match (one, other) {
        (Answer::Returned(one), Answer::Returned(other)) => shape(one) == shape(other),
        (Answer::Refused(one), Answer::Refused(other)) => one.description == other.description,
        _ => false,
    }
}

/// The members that there are, or the number of elements and what the first has.
fn shape(value: &Value) -> String {
    match value {
        Value::Array(list) => format!("{} of {}", list.len(), list.first().map(shape).unwrap_or_default()),
        Value::Object(members) => {
            let members: Vec<_> =
                members.iter().map(|(name, value)| format!("{name}: {}", shape(value))).collect();
            format!("{{{}}}", members.join(", "))
        }
        Value::String(_) => "text".to_owned(),
        Value::Number(_) => "number".to_owned(),
        Value::Bool(_) => "truth".to_owned(),
        Value::Null => "nothing".to_owned(),
    }
}

/// Which commands the agent offers.
fn offered(guest: &mut Guest) -> Result<BTreeSet<String>> {
    let info = guest.call("guest-info", json!({}))?;
    let commands = info.get("supported_commands").and_then(Value::as_array).context("no list")?;
    let enabled = commands.iter().filter(|command| command.get("enabled") == Some(&json!(true)));
    Ok(enabled.filter_map(|command| Some(command.get("name")?.as_str()?.to_owned())).collect())
}

/// Sees that what the agent offers now is answered as before, and that the rest is not there.
fn compare(guest: &mut Guest, profile: &str, full: &BTreeMap<&str, Answer>) -> Result<()> {
    let offered = offered(guest)?;
    ensure!(!offered.contains("guest-exec"), "{profile} is not in force");
    for (command, answer) in answers(guest)? {
        let expected = full.get(command).context("not tried before")?;
        if offered.contains(command) {
            ensure!(alike(&answer, expected), "{profile}: {command} answers {answer:?}, not {expected:?}");
        } else {
            ensure!(matches!(answer, Answer::Refused(_)), "{profile}: {command} answers {answer:?}");
        }
    }
    Ok(())
}

/// What all threads of a process are left with, if it is the same for all.
fn left(guest: &mut Guest, process: &str) -> Result<String> {
    let fields = "grep -hE '^(CapEff|NoNewPrivs|Seccomp):'";
    let lines = guest.sh(&format!(
        "for task in /proc/{process}/task/*/status; do {fields} $task | xargs; done | sort -u"
    ))?;
    Ok(lines)
}

fn with_policy(guest: &mut Guest, policy: &str) -> Result<()> {
    guest.sh(&format!("printf '[policy]\\n{policy}\\n' >/etc/policy.conf"))?;
    guest.restart_agent("-c /etc/policy.conf")
}

#[test]
fn a_profile_loses_nothing_that_it_permits() -> Result<()> {
    let mut guest = layouts::trimmable().start()?;
    let untouched = left(&mut guest, "1")?;
    with_policy(&mut guest, "profile=full")?;
    assert_eq!(left(&mut guest, "$(cat /run/agent.pid)")?, untouched);
    let full = answers(&mut guest)?;
    for (profile, expected) in PROFILES {
        with_policy(&mut guest, &format!("profile={profile}"))?;
        assert_eq!(left(&mut guest, "$(cat /run/agent.pid)")?, expected, "{profile}");
        compare(&mut guest, profile, &full)?;
    }
    Ok(())
}

#[test]
fn what_an_agent_with_few_rights_has_frozen_is_thawed_when_it_is_killed() -> Result<()> {
    let mut guest = layouts::three_filesystems().start()?;
    with_policy(&mut guest, "profile=backup")?;
    assert_eq!(guest.call("guest-fsfreeze-freeze", json!({}))?, json!(3));
    guest.kill_agent()?;
    guest.wait_for("[ -e /run/qga.state.isfrozen ] || echo thawed", "thawed")?;
    guest.sh("/lab/start-agent")?;
    guest.sync()?;
    assert_eq!(guest.call("guest-fsfreeze-status", json!({}))?, json!("thawed"));
    Ok(())
}

#[test]
fn programs_that_set_clocks_and_stop_the_system_have_the_rights_for_it() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    with_policy(&mut guest, "profile=monitor\\nallow=guest-set-time")?;
    assert_eq!(
        left(&mut guest, "$(cat /run/agent.pid)")?,
        "CapEff: 0000000002000004 NoNewPrivs: 0 Seccomp: 0"
    );
    let time = json!({ "time": 1_927_857_906_000_000_000_u64 });
    assert_eq!(guest.call("guest-set-time", time)?, json!({}));
    assert!(guest.sh("hwclock -u")?.contains("2031"), "the clock of the board is set");
    with_policy(&mut guest, "profile=locked\\nallow=guest-shutdown")?;
    assert_eq!(
        left(&mut guest, "$(cat /run/agent.pid)")?,
        "CapEff: 0000000000400020 NoNewPrivs: 0 Seccomp: 0"
    );
    guest.tell("guest-shutdown", json!({}))?;
    guest.wait_until_off()
}

#[test]
fn in_the_sandbox_of_its_unit_it_loses_nothing_either() -> Result<()> {
    let mut guest = layouts::debian()?.start()?;
    let full = answers(&mut guest)?;
    for profile in ["locked", "monitor", "files", "backup"] {
        guest.sh(&format!(
            "mkdir -p /etc/qemu; printf '[policy]\\nprofile={profile}\\n' >/etc/qemu/qemu-ga.conf"
        ))?;
        guest.sh(&format!("qemu-ga unit >/etc/systemd/system/{UNIT}; systemctl daemon-reload"))?;
        guest.sh(&format!("systemctl restart {UNIT}"))?;
        guest.sync()?;
        compare(&mut guest, profile, &full)?;
        let told = guest.sh(&format!("journalctl -q -o cat -u {UNIT} | grep 'given up' || true"))?;
        assert_eq!(told, "", "{profile}");
    }
    let doctor = guest.try_sh("qemu-ga doctor")?;
    assert_eq!(doctor.status, 0, "{}", doctor.text);
    Ok(())
}
