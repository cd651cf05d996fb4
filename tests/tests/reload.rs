//! Reading the configuration again on SIGHUP. The reference agent ends.

use std::fs;

use anyhow::{Result, ensure};
use nix::sys::signal::Signal;
use qga_testkit::{Agent, Connection, DANGEROUS, Scratch, Start, wait_until};
use qga_tests::{DONE, improvement, request};
use serde_json::{Value, json};

/// An agent with this configuration file.
fn start(file: &str, arguments: &[&str]) -> Result<(Agent, Connection)> {
    let scratch = Scratch::new()?;
    scratch.write("conf", file.as_bytes())?;
    let start = Start::default().arguments(&["-v", "-c", "@SCRATCH@/f/conf"]).arguments(arguments);
    let mut agent = start.start_in(scratch)?;
    let connection = agent.connect()?;
    Ok((agent, connection))
}

/// Has it read this configuration file, and waits until its log says so often how that ended.
fn reload(agent: &Agent, file: &str, (end, count): (&str, usize)) -> Result<()> {
    agent.scratch().write("conf", file.as_bytes())?;
    agent.signal(Signal::SIGHUP)?;
    wait_until("the end of the reload", || Ok((agent.log().matches(end).count() >= count).then_some(())))
}

const DONE_AGAIN: &str = "info: the configuration was read again";
const STAYS: &str = "critical: the configuration stays as it was";

fn enabled(connection: &mut Connection, command: &str) -> Result<bool> {
    let info = connection.call("guest-info", &json!({}))?;
    let commands = info.get("supported_commands").and_then(Value::as_array).cloned().unwrap_or_default();
    Ok(commands.iter().any(|entry| entry["name"] == command && entry["enabled"] == true))
}

#[test]
fn a_new_block_list_counts_for_clients_that_keep_their_handles() -> Result<()> {
    improvement(|| {
        let (agent, mut connection) = start("", &[])?;
        let handle = connection.call("guest-file-open", &json!({"path": "/dev/null"}))?;
        let program = connection.call("guest-exec", &json!({"path": "/bin/true"}))?;
        ensure!(enabled(&mut connection, "guest-get-users")?);

        reload(&agent, "[general]\nblock-rpcs=guest-get-users\n", (DONE_AGAIN, 1))?;

        ensure!(!enabled(&mut connection, "guest-get-users")?);
        ensure!(!enabled(&mut connection, "guest-shutdown")?, "what the command line blocks stays blocked");
        connection.call("guest-file-close", &json!({"handle": handle}))?;
        connection.call("guest-exec-status", &program)?;
        reload(&agent, "", (DONE_AGAIN, 2))?;
        ensure!(enabled(&mut connection, "guest-get-users")?);
        Ok(())
    })
}

#[test]
fn a_bad_file_leaves_all_as_it_was_and_is_said() -> Result<()> {
    improvement(|| {
        let good = "[general]\nblock-rpcs=guest-get-users\n";
        let (agent, mut connection) = start(good, &[])?;
        for (count, (file, complaint)) in [
            ("[general]\nverbose=perhaps\n", "error loading configuration from path: "),
            ("[general]\nlogfile=/nonexistent/log\n", "unable to open specified log file: No such file"),
            ("[policy]\nprofile=nonsense\n", "the policy is wrong: "),
            ("[freeze]\nfreeze-timeout=soon\n", "error loading configuration from path: "),
        ]
        .into_iter()
        .enumerate()
        {
            reload(&agent, file, (STAYS, count + 1))?;

            ensure!(agent.log().contains(complaint), "{}", agent.log());
            ensure!(!enabled(&mut connection, "guest-get-users")?);
            ensure!(enabled(&mut connection, "guest-get-time")?);
        }
        Ok(())
    })
}

#[test]
fn what_cannot_change_is_named() -> Result<()> {
    improvement(|| {
        let (agent, mut connection) = start("", &[])?;

        reload(&agent, "[general]\ndaemon=true\npidfile=/elsewhere\n", (DONE_AGAIN, 1))?;

        for key in ["daemon", "pidfile"] {
            ensure!(agent.log().contains(&format!("critical: '{key}' stays as it was")), "{}", agent.log());
        }
        ensure!(!agent.log().contains("'statedir'"), "the command line says where it is, as before");
        ensure!(connection.ask(&request("guest-ping"))? == DONE);
        Ok(())
    })
}

#[test]
fn files_that_were_moved_away_are_opened_anew() -> Result<()> {
    improvement(|| {
        let file = "[general]\nlogfile=@/log\nverbose=true\n[audit]\nfile=@/audit\nchain=true\n";
        let scratch = Scratch::new()?;
        let place = scratch.files();
        let file = file.replace('@', &place.to_string_lossy());
        scratch.write("conf", file.as_bytes())?;
        let mut agent = Start::default().arguments(&["-c", "@SCRATCH@/f/conf"]).start_in(scratch)?;
        let mut connection = agent.connect()?;
        let has = |name: &'static str, text: &'static str| {
            let place = place.clone();
            wait_until(name, move || {
                let content = fs::read_to_string(place.join(name)).unwrap_or_default();
                Ok(content.contains(text).then_some(()))
            })
        };
        connection.ask(&request("guest-shutdown"))?;
        has("audit", "guest-shutdown")?;
        for name in ["log", "audit"] {
            fs::rename(place.join(name), place.join(format!("{name}.1")))?;
        }

        agent.signal(Signal::SIGHUP)?;

        has("log", DONE_AGAIN)?;
        connection.ask(&request("guest-fstrim"))?;
        has("audit", "guest-fstrim")?;
        has("log", "guest-fstrim")?;
        let files = ["@SCRATCH@/f/audit.1", "@SCRATCH@/f/audit"];
        let verified =
            Start::bare().arguments(&["audit", "verify"]).arguments(&files).run_in(agent.scratch())?;
        ensure!(verified.output.starts_with("ok: 2 records"), "{verified:?}");
        Ok(())
    })
}

#[test]
fn a_frozen_agent_reads_its_configuration_after_the_thaw() -> Result<()> {
    improvement(|| {
        let scratch = Scratch::new()?;
        fs::write(scratch.state().join("qga.state.isfrozen"), "")?;
        scratch.write("conf", b"")?;
        let allowed = format!("--block-rpcs={}", DANGEROUS.replace("guest-fsfreeze-thaw,", ""));
        let log = scratch.files().join("log");
        let start = Start::default().unblocked().arguments(&[&allowed, "-v", "-c", "@SCRATCH@/f/conf"]);
        let mut agent = start.start_in(scratch)?;
        let mut connection = agent.connect()?;
        ensure!(connection.call("guest-fsfreeze-status", &json!({}))? == "frozen");
        let file = format!("[general]\nblock-rpcs=guest-get-users\nlogfile={}\n", log.display());
        agent.scratch().write("conf", file.as_bytes())?;

        agent.signal(Signal::SIGHUP)?;

        // The reload waits on a thread of its own.
        let waits = || {
            let tasks = fs::read_dir(format!("/proc/{}/task", agent.pid()))?;
            let names = tasks.map(|task| fs::read_to_string(task?.path().join("comm")));
            Ok(names.filter_map(Result::ok).any(|name| name == "reload\n").then_some(()))
        };
        wait_until("the reload", waits)?;
        ensure!(!log.exists() && !enabled(&mut connection, "guest-get-time")?);
        connection.call("guest-fsfreeze-thaw", &json!({}))?;
        wait_until("the new log", || Ok(log.exists().then_some(())))?;
        wait_until("the new list", || Ok((!enabled(&mut connection, "guest-get-users")?).then_some(())))?;
        ensure!(enabled(&mut connection, "guest-get-time")?);
        Ok(())
    })
}

#[test]
fn what_the_agent_has_given_up_takes_a_restart() -> Result<()> {
    improvement(|| {
        let (agent, mut connection) = start("[policy]\nprofile=locked\n", &[])?;

        reload(&agent, "[policy]\nprofile=monitor\n", (STAYS, 1))?;

        ensure!(agent.log().contains("the agent has given up, when it started, "), "{}", agent.log());
        ensure!(!enabled(&mut connection, "guest-get-users")?);
        Ok(())
    })
}
