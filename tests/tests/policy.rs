//! What the owner of the guest lets the host do.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};

use anyhow::{Context, Result, ensure};
use qga_testkit::{Agent, Ended, Scratch, Start};
use qga_tests::{DONE, improvement, request, sync, synced};
use serde_json::{Value, json};

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

/// The answer to guest-file-open for this file of the scratch directory, which stands in it as `@`.
fn opened(agent: &mut Agent, path: &str, mode: &str) -> Result<String> {
    let directory = agent.scratch().path().display().to_string();
    let path = path.replace('@', &directory);
    let arguments = json!({"path": path, "mode": mode});
    let request = json!({"execute": "guest-file-open", "arguments": arguments});
    Ok(agent.connect()?.ask(&format!("{request}\n"))?.replace(&directory, "@"))
}

/// An agent with this group `[policy]`, in which the scratch directory stands as `@`, and files to open.
fn agent_with_files(policy: &str) -> Result<Agent> {
    let scratch = Scratch::new()?;
    let directory = scratch.path().display().to_string();
    scratch.write("conf", format!("[policy]\n{}\n", policy.replace('@', &directory)).as_bytes())?;
    let log = scratch.files().join("log");
    fs::create_dir(&log)?;
    fs::set_permissions(&log, Permissions::from_mode(0o777))?;
    scratch.write("log/a", b"text")?;
    scratch.write("secret", b"secret")?;
    symlink("../secret", log.join("link"))?;
    Start::default().arguments(&["-c", "@SCRATCH@/f/conf"]).start_in(scratch)
}

#[test]
fn only_permitted_paths_are_opened_whatever_way_leads_there() -> Result<()> {
    improvement(|| {
        let mut agent = agent_with_files("read-paths=@/f/log/**\nwrite-paths=@/f/log/new")?;

        for (path, mode) in [
            ("@/f/secret", "r"),
            ("@/f/absent", "r"),
            ("@/f/log/../secret", "r"),
            ("@/f/log/link", "r"),
            ("/proc/self/root@/f/log/a", "r"),
            ("@/f/log/a", "w"),
            ("@/f/log/a", "r+"),
            ("@/f/log/other", "w"),
        ] {
            let answer = opened(&mut agent, path, mode)?;
            ensure!(answer == refused("guest-file-open"), "{path} {mode}: {answer}");
        }

        ensure!(opened(&mut agent, "@/f/log/a", "r")? == "{\"return\": 1000}");
        ensure!(opened(&mut agent, "@/f/log/new", "w+")? == "{\"return\": 1001}");
        let absent = "failed to open file '@/f/log/absent' (mode: 'r'): No such file or directory";
        ensure!(opened(&mut agent, "@/f/log/absent", "r")?.contains(absent));
        ensure!(fs::read(agent.scratch().files().join("log/a"))? == b"text");
        ensure!(!agent.scratch().files().join("log/other").exists());
        let told = "guest-file-open is refused by read-paths (";
        ensure!(agent.log().matches(told).count() == 1, "{}", agent.log());
        Ok(())
    })
}

#[test]
fn only_permitted_programs_are_run() -> Result<()> {
    improvement(|| {
        let mut agent = agent("[policy exec say]\nprogram=/bin/echo\narguments=*\n", &[])?;
        let mut connection = agent.connect()?;

        connection.call("guest-exec", &json!({"path": "/bin/echo", "arg": ["a"]}))?;
        connection.call("guest-exec", &json!({"path": "echo", "arg": ["a"]}))?;
        for arguments in [
            json!({"path": "/bin/echo", "arg": ["-n"]}),
            json!({"path": "/bin/echo", "arg": ["a", "b"]}),
            json!({"path": "/bin/echo", "arg": ["a"], "env": ["LD_PRELOAD=/x"]}),
            json!({"path": "/bin/sh", "arg": ["a"]}),
        ] {
            let answer = connection.call_refused("guest-exec", &arguments)?;
            ensure!(answer.contains("has been disabled"), "{answer}");
        }
        Ok(())
    })
}

#[test]
fn a_command_is_refused_when_it_comes_too_often_and_reads_are_cut() -> Result<()> {
    improvement(|| {
        let mut agent = agent_with_files("rate=guest-get-osinfo 2/day\nlargest-read=3")?;
        let mut connection = agent.connect()?;

        for _ in 0..2 {
            ensure!(connection.ask(&request("guest-get-osinfo"))?.starts_with("{\"return\""));
        }
        ensure!(connection.ask(&request("guest-get-osinfo"))? == refused("guest-get-osinfo"));

        opened(&mut agent, "@/f/log/a", "r")?;
        let read = connection.call("guest-file-read", &json!({"handle": 1000, "count": 100}))?;
        ensure!(read == json!({"count": 3, "buf-b64": "dGV4", "eof": false}), "{read}");
        Ok(())
    })
}

/// Runs `qemu-ga policy` with these arguments and this configuration file.
fn tool(file: &str, arguments: &[&str]) -> Result<Ended> {
    let scratch = Scratch::new()?;
    scratch.write("conf", file.as_bytes())?;
    Start::bare().argument("policy").arguments(arguments).run_in(&scratch)
}

#[test]
fn the_tool_tells_what_is_permitted_and_why() -> Result<()> {
    improvement(|| {
        let file = "[policy]\nprofile=monitor\naccounts=amy\n";
        let conf = ["-c", "@SCRATCH@/f/conf"];
        for (arguments, code, output) in [
            (
                ["test", r#"{"execute": "guest-ping"}"#],
                0,
                "permitted by profile=monitor (@SCRATCH@/f/conf, line 2)\n",
            ),
            (
                ["test", r#"{"execute": "guest-exec-status", "arguments": {"pid": 1}}"#],
                1,
                "refused by profile=",
            ),
            (
                ["test", r#"{"execute": "guest-ssh-get-authorized-keys", "arguments": {"username": "bob"}}"#],
                1,
                "refused by accounts (@SCRATCH@/f/conf, line 3)\n",
            ),
            (["test", "{}"], 2, ""),
            (["check", "@SCRATCH@/f/conf"], 0, "@SCRATCH@/f/conf: the policy is valid\n"),
            (["check", "/absent"], 1, "cannot read /absent: No such file or directory\n"),
            (["show", "-v"], 0, "@SCRATCH@/f/conf, line 2: [policy] profile=monitor\n"),
            (["shew", "-v"], 2, ""),
        ] {
            let ended = tool(file, &[&arguments[..], &conf].concat())?;
            ensure!(ended.code == Some(code) && ended.output.starts_with(output), "{arguments:?}: {ended:?}");
        }
        let wrong = tool("[policy]\nprofile=x\n", &["check", "@SCRATCH@/f/conf"])?;
        let told = "@SCRATCH@/f/conf, line 2: key 'profile' names no profile with 'x'";
        ensure!(wrong.code == Some(1) && wrong.output.starts_with(told), "{wrong:?}");
        Ok(())
    })
}

#[test]
fn a_dumped_configuration_has_the_policy_of_all_files() -> Result<()> {
    improvement(|| {
        let scratch = Scratch::new()?;
        scratch.write("conf", b"[policy]\nprofile=full\nblock=@exec\n")?;
        fs::create_dir(scratch.files().join("conf.d"))?;
        scratch.write("conf.d/a.conf", b"[policy exec a]\nprogram=/a\n[policy]\nprofile=files\n")?;
        let dump = Start::bare().arguments(&["-D", "-c", "@SCRATCH@/f/conf"]).run_in(&scratch)?;
        let expected = "\n[policy]\nblock=@exec\nprofile=files\n\n[policy exec a]\nprogram=/a\n";
        ensure!(dump.code == Some(0) && dump.output.ends_with(expected), "{dump:?}");
        Ok(())
    })
}

#[test]
fn a_policy_disturbs_no_other_agent() -> Result<()> {
    let mut agent = agent("[policy]\nprofile=full\nallow=guest-exec\n[policy exec a]\nprogram=/x\n", &[])?;
    ensure!(agent.connect()?.ask(&request("guest-ping"))? == DONE);
    Ok(())
}
