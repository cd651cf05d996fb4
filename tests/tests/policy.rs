//! What the owner of the guest lets the host do.

use std::fs;

use anyhow::{Context, Result, ensure};
use qga_testkit::{Agent, Scratch, Start};
use qga_tests::{DONE, improvement, request, sync, synced};
use serde_json::Value;

/// An agent with this configuration file and these drop-in files.
fn agent(file: &str, drop_ins: &[(&str, &str)]) -> Result<Agent> {
    let scratch = Scratch::new()?;
    scratch.write("conf", file.as_bytes())?;
    fs::create_dir(scratch.files().join("conf.d"))?;
    for (name, content) in drop_ins {
        scratch.write(&format!("conf.d/{name}"), content.as_bytes())?;
    }
    Start::default().arguments(&["-c", "@SCRATCH@/f/conf"]).start_in(scratch)
}

/// What the reference answers for a command that is disabled.
fn refused(command: &str) -> String {
    let desc = format!("Command {command} has been disabled: the command is not allowed");
    format!("{{\"error\": {{\"class\": \"CommandNotFound\", \"desc\": \"{desc}\"}}}}")
}

/// The names of the commands that guest-info has as enabled.
fn enabled(agent: &mut Agent) -> Result<Vec<String>> {
    let answer: Value = serde_json::from_str(&agent.connect()?.ask(&request("guest-info"))?)?;
    let commands = answer.pointer("/return/supported_commands").and_then(Value::as_array);
    let enabled = commands.context("no commands")?.iter().filter(|command| command["enabled"] == true);
    Ok(enabled.filter_map(|command| Some(command["name"].as_str()?.to_owned())).collect())
}

#[test]
fn a_refused_command_is_answered_like_a_blocked_one_and_the_log_has_the_rule() -> Result<()> {
    improvement(|| {
        let mut agent = agent("[policy]\nprofile=monitor\n", &[])?;
        let mut connection = agent.connect()?;

        ensure!(connection.ask(&request("guest-ping"))? == DONE);
        for _ in 0..2 {
            let answer = connection.ask(&request("guest-exec-status"))?;
            ensure!(answer == refused("guest-exec-status"), "{answer}");
        }

        let log = agent.log();
        let rule = "critical: guest-exec-status is refused by profile=monitor (";
        ensure!(log.matches(rule).count() == 1 && log.contains("/f/conf, line 2)"), "{log}");
        Ok(())
    })
}

#[test]
fn guest_info_shows_what_is_refused() -> Result<()> {
    improvement(|| {
        let mut agent =
            agent("[policy]\nprofile=locked\n", &[("50-more.conf", "[policy]\nallow=guest-get-*users\n")])?;
        let mut enabled = enabled(&mut agent)?;
        enabled.sort();
        let expected = ["guest-get-users", "guest-info", "guest-ping", "guest-sync", "guest-sync-delimited"];
        ensure!(enabled == expected, "{enabled:?}");
        Ok(())
    })
}

#[test]
fn a_wrong_policy_locks_the_agent_and_is_told() -> Result<()> {
    improvement(|| {
        let mut agent = agent("[policy]\nprofile=full\n", &[("a.conf", "[policy]\nblock=guest-exce\n")])?;
        ensure!(agent.connect()?.ask(&sync(7))? == synced(7));
        ensure!(enabled(&mut agent)?.len() == 4);
        let told = "/f/conf.d/a.conf, line 2: key 'block' names no command with 'guest-exce'";
        ensure!(agent.log().contains(told), "{}", agent.log());
        Ok(())
    })
}

#[test]
fn a_policy_disturbs_no_other_agent() -> Result<()> {
    let mut agent = agent("[policy]\nprofile=full\nallow=guest-exec\n", &[])?;
    ensure!(agent.connect()?.ask(&request("guest-ping"))? == DONE);
    Ok(())
}
