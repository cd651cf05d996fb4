//! The record that is kept of what a host does.

use std::{collections::BTreeSet, fs, os::unix::fs::PermissionsExt, path::PathBuf};

use anyhow::{Context, Result, ensure};
use qga_testkit::{Agent, Ended, Scratch, Start, wait_until};
use qga_tests::{improvement, request};
use qga_wire::{audit::Logged, list::COMMANDS, schema::Type};
use serde_json::{Value, json};

const FILE: &str = "--audit-file=@SCRATCH@/f/audit";

fn file(agent: &Agent) -> PathBuf {
    agent.scratch().files().join("audit")
}

/// The records of an agent, as soon as there are so many.
fn records(agent: &Agent, count: usize) -> Result<Vec<Value>> {
    wait_until("the records", || {
        let text = fs::read_to_string(file(agent)).unwrap_or_default();
        let lines: Vec<_> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
        Ok((lines.len() >= count).then_some(lines))
    })
}

/// Without what differs from run to run.
fn lasting(mut record: Value) -> Value {
    for (name, value) in [
        ("/time", json!("2026-11-26T21:03:44.123456Z")),
        ("/peer", json!({"pid": 4711, "uid": 0})),
        ("/answer/pid", json!(4712)),
        ("/duration-us", json!(180)),
    ] {
        if let Some(found) = record.pointer_mut(name) {
            *found = value;
        }
    }
    record
}

fn verify(files: &[&str], scratch: &Scratch) -> Result<Ended> {
    Start::bare().arguments(&["audit", "verify"]).arguments(files).run_in(scratch)
}

#[test]
fn the_page_about_the_audit_shows_real_records() -> Result<()> {
    improvement(|| {
        let mut agent = Start::default().argument(FILE).start()?;
        let mut connection = agent.connect()?;
        let page = fs::read_to_string(qga_tests::file("../docs/audit.md"))?;
        let requests = page.lines().filter(|line| line.starts_with("{\"execute\""));
        for request in requests {
            connection.ask(&format!("{request}\n"))?;
        }

        let shown = page.lines().filter(|line| line.starts_with("{\"time\""));
        let shown: Vec<Value> = shown.map(serde_json::from_str).collect::<Result<_, _>>()?;
        ensure!(shown.len() > 3, "the page shows {} records", shown.len());
        for (found, shown) in records(&agent, shown.len())?.into_iter().zip(shown) {
            ensure!(found["peer"]["pid"] == std::process::id(), "{found}");
            ensure!(lasting(found.clone()) == shown, "the agent writes\n{found}\nand not\n{shown}");
        }
        Ok(())
    })
}

#[test]
fn a_secret_is_in_no_record_and_reads_are_none() -> Result<()> {
    improvement(|| {
        let mut agent = Start::default().argument(FILE).start()?;
        let mut connection = agent.connect()?;
        for command in ["guest-ping", "guest-get-osinfo", "guest-info"] {
            connection.ask(&request(command))?;
        }
        let password = json!({"username": "nobody", "password": "c2VjcmV0", "crypted": false});
        connection.call_refused("guest-set-user-password", &password)?;
        let keys = json!({"username": "no such user", "keys": ["ssh-rsa secret"]});
        connection.call_refused("guest-ssh-add-authorized-keys", &keys)?;
        let exec = json!({"path": "/bin/true", "env": ["NAME=secret"], "input-data": "c2VjcmV0"});
        connection.call("guest-exec", &exec)?;

        let records = records(&agent, 3)?;

        let text = fs::read_to_string(file(&agent))?;
        ensure!(!text.contains("secret") && !text.contains("c2VjcmV0"), "{text}");
        let commands: Vec<_> = records.iter().map(|record| record["command"].as_str()).collect();
        let expected = ["guest-set-user-password", "guest-ssh-add-authorized-keys", "guest-exec"];
        ensure!(commands == expected.map(Some), "{text}");
        ensure!(records[0]["result"] == "refused" && records[1]["result"] == "error", "{text}");
        ensure!(fs::metadata(file(&agent))?.permissions().mode() & 0o777 == 0o600);
        Ok(())
    })
}

#[test]
fn all_requests_are_recorded_on_demand_and_none_on_demand() -> Result<()> {
    improvement(|| {
        let mut agent = Start::default().arguments(&[FILE, "--audit-level=all"]).start()?;
        agent.connect()?.ask(&request("guest-ping"))?;
        ensure!(records(&agent, 1)?[0]["command"] == "guest-ping");

        let mut agent = Start::default().arguments(&[FILE, "--audit-level=none"]).start()?;
        agent.connect()?.ask(&request("guest-shutdown"))?;
        agent.stop()?;
        ensure!(fs::read_to_string(file(&agent))?.is_empty());
        Ok(())
    })
}

#[test]
fn a_chain_goes_on_over_restarts_and_a_change_is_found() -> Result<()> {
    improvement(|| {
        let mut agent = Start::default().arguments(&[FILE, "--audit-chain"]).start()?;
        for _ in 0..2 {
            let mut connection = agent.connect()?;
            connection.ask(&request("guest-shutdown"))?;
            connection.ask(&request("guest-fstrim"))?;
            agent.restart()?;
        }
        agent.stop()?;
        let whole = verify(&["@SCRATCH@/f/audit"], agent.scratch())?;
        ensure!(whole.code == Some(0) && whole.output.starts_with("ok: 4 records, "), "{whole:?}");

        let text = fs::read_to_string(file(&agent))?;
        let at = text.rfind("guest-shutdown").context("no record")?;
        fs::write(file(&agent), [&text[..at], "guest-SHUTDOWN", &text[at + 14..]].concat())?;

        let broken = verify(&["@SCRATCH@/f/audit"], agent.scratch())?;
        let expected =
            "@SCRATCH@/f/audit: line 4 is broken: its hash does not follow from it and the line before\n";
        ensure!(broken.code == Some(1) && broken.output == expected, "{broken:?}");
        for arguments in [&["/nonexistent"][..], &[]] {
            ensure!(verify(arguments, agent.scratch())?.code == Some(2));
        }
        Ok(())
    })
}

#[test]
fn an_audit_that_cannot_be_written_is_said_loudly_and_holds_up_nobody() -> Result<()> {
    improvement(|| {
        let mut agent = Start::default().argument("--audit-file=@SCRATCH@/f/later/audit").start()?;
        let mut connection = agent.connect()?;
        connection.ask(&request("guest-shutdown"))?;
        // One at the start, one for the record.
        let complaints = || agent.log().matches("critical: no audit is written to").count();
        wait_until("the complaints", || Ok((complaints() == 2).then_some(())))?;
        let later = agent.scratch().files().join("later");
        fs::create_dir(&later)?;
        fs::set_permissions(&later, fs::Permissions::from_mode(0o777))?;

        connection.ask(&request("guest-fstrim"))?;

        wait_until("the records", || {
            let text = fs::read_to_string(later.join("audit")).unwrap_or_default();
            Ok((text.contains("\"event\": \"lost\"") && text.contains("guest-fstrim")).then_some(()))
        })?;
        Ok(())
    })
}

#[test]
fn the_page_about_the_audit_names_each_argument_that_is_not_told() -> Result<()> {
    let page = fs::read_to_string(qga_tests::file("../docs/audit.md"))?;
    let named: BTreeSet<_> = page.lines().filter_map(|line| line.strip_prefix("| `guest-")).collect();
    let mut hidden = BTreeSet::new();
    for command in COMMANDS {
        for member in command.arguments.members {
            let list = matches!(member.kind, Type::List(_));
            let instead = match (member.logged, list) {
                (Logged::Whole, _) => continue,
                (Logged::Names, _) => "the names",
                (Logged::Size, true) => "number and size",
                (Logged::Size, false) => "size",
            };
            let name = command.name.trim_start_matches("guest-");
            hidden.insert(format!("{name}` | `{}` | {instead} |", member.name));
        }
    }
    ensure!(named == hidden.iter().map(String::as_str).collect(), "the page should say {hidden:#?}");
    Ok(())
}
