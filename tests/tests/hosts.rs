//! The ways in which well-known hosts use an agent, byte by byte: how each frames its requests, and what it relies
//! on in the answers.

use anyhow::{Context, Result, bail, ensure};
use base64::{Engine, prelude::BASE64_STANDARD};
use qga_testkit::{Agent, Connection, wait_until};
use qga_tests::{agent_and_client, request, sync, synced};
use serde_json::{Value, json};

/// Proxmox VE: a connection for each command, which it sends in one write with the sync before it. It takes what
/// stands between a byte 0xFF and the second line feed for two answers, if each line ends with a brace.
struct Proxmox {
    agent: Agent,
    syncs: u64,
}

impl Proxmox {
    fn start() -> Result<Proxmox> {
        Ok(Proxmox { agent: Agent::start()?, syncs: 0 })
    }

    fn call(&mut self, command: &str, arguments: &Value) -> Result<Value> {
        self.syncs += 1;
        let sync = json!({"execute": "guest-sync-delimited", "arguments": {"id": self.syncs}});
        let request = json!({"execute": command, "arguments": arguments});
        let mut connection = self.agent.connect()?;
        connection.send(format!("{sync}\n{request}\n").as_bytes())?;

        let received = connection.lines(2)?;

        let text = received.strip_prefix(b"\xff").context("no mark in front of the first answer")?;
        let lines: Vec<_> = std::str::from_utf8(text)?.lines().collect();
        ensure!(lines.iter().all(|line| line.ends_with('}')), "{lines:?}");
        let [synced, answer] = lines[..] else { bail!("not two lines: {lines:?}") };
        ensure!(serde_json::from_str::<Value>(synced)? == json!({"return": self.syncs}), "{synced}");
        let mut answer: Value = serde_json::from_str(answer)?;
        answer.get_mut("return").map(Value::take).with_context(|| format!("{command}: {answer}"))
    }
}

#[test]
fn proxmox_asks_with_empty_arguments_on_a_connection_each() -> Result<()> {
    let mut proxmox = Proxmox::start()?;
    for command in [
        "guest-ping",
        "guest-info",
        "guest-get-time",
        "guest-get-timezone",
        "guest-get-host-name",
        "guest-get-osinfo",
        "guest-get-users",
        "guest-get-vcpus",
        "guest-get-fsinfo",
        "guest-fsfreeze-status",
        "guest-network-get-interfaces",
    ] {
        proxmox.call(command, &json!({}))?;
    }
    Ok(())
}

#[test]
fn proxmox_runs_a_program_and_asks_for_its_end_on_other_connections() -> Result<()> {
    let mut proxmox = Proxmox::start()?;
    let exec =
        json!({"path": "sh", "arg": ["-c", "cat; exit 3"], "input-data": "aW5wdXQ=", "capture-output": true});
    let pid = proxmox.call("guest-exec", &exec)?["pid"].take();

    let status = wait_until("the end of the program", || {
        let status = proxmox.call("guest-exec-status", &json!({"pid": pid}))?;
        Ok((status["exited"] == true).then_some(status))
    })?;

    ensure!(status["exitcode"] == 3 && status["out-data"] == "aW5wdXQ=", "{status}");
    Ok(())
}

#[test]
fn proxmox_writes_lines_of_base64_and_reads_a_mebibyte_at_a_time() -> Result<()> {
    let mut proxmox = Proxmox::start()?;
    let path = proxmox.agent.scratch().write("f", b"")?;
    let content: Vec<u8> = (0..=250).cycle().take(3_000_000).collect();
    let handle = proxmox.call("guest-file-open", &json!({"path": path, "mode": "wb"}))?;
    let lines = lines_of_76(&BASE64_STANDARD.encode(&content));
    let written = proxmox.call("guest-file-write", &json!({"handle": handle, "buf-b64": lines}))?;
    ensure!(written == json!({"count": content.len(), "eof": false}), "{written}");
    proxmox.call("guest-file-close", &json!({"handle": handle}))?;

    let handle = proxmox.call("guest-file-open", &json!({"path": path}))?;
    let mut read = Vec::new();
    loop {
        let piece = proxmox.call("guest-file-read", &json!({"handle": handle, "count": 1 << 20}))?;
        read.extend(BASE64_STANDARD.decode(piece["buf-b64"].as_str().context("no data")?)?);
        if piece["eof"] == true {
            break;
        }
    }
    proxmox.call("guest-file-close", &json!({"handle": handle}))?;
    ensure!(read == content, "{} bytes came back", read.len());
    Ok(())
}

/// As Perl's `encode_base64` has it.
fn lines_of_76(encoded: &str) -> String {
    let mut lines = String::new();
    for (index, letter) in encoded.chars().enumerate() {
        if index > 0 && index % 76 == 0 {
            lines.push('\n');
        }
        lines.push(letter);
    }
    lines.push('\n');
    lines
}

/// libvirt: one connection for long, a plain sync with the time in milliseconds before each command, and every line an
/// object with either `return` or `error`. KubeVirt takes what follows `"return":` up to the last brace.
fn ask_as_libvirt(connection: &mut Connection, id: u64, command: &str) -> Result<Value> {
    connection.send(sync(id).as_bytes())?;
    let answer = connection.line()?;
    ensure!(answer == synced(id), "{answer}");
    let line = connection.ask(&request(command))?;
    let (_, value) = line.split_once("\"return\":").with_context(|| line.clone())?;
    Ok(serde_json::from_str(value.strip_suffix('}').with_context(|| line.clone())?)?)
}

#[test]
fn kubevirt_asks_for_all_it_shows_again_and_again() -> Result<()> {
    let (_agent, mut connection) = agent_and_client()?;
    let mut id = 1_700_000_000_000;
    for _ in 0..3 {
        for command in [
            "guest-info",
            "guest-get-host-name",
            "guest-get-timezone",
            "guest-get-users",
            "guest-get-fsinfo",
            "guest-get-osinfo",
            "guest-fsfreeze-status",
            "guest-network-get-interfaces",
            "guest-get-disks",
        ] {
            id += 1;
            ask_as_libvirt(&mut connection, id, command)?;
        }
    }
    Ok(())
}

/// Ansible's connection of the collection community.libvirt compares whole entries of guest-info.
#[test]
fn ansible_finds_its_commands_among_those_of_guest_info() -> Result<()> {
    let (_agent, mut connection) = agent_and_client()?;
    let info = connection.call("guest-info", &json!({}))?;
    let commands = info["supported_commands"].as_array().context("no list")?;
    for name in ["exec", "exec-status", "file-close", "file-open", "file-read", "file-write"] {
        let whole = json!({"enabled": true, "name": format!("guest-{name}"), "success-response": true});
        ensure!(commands.contains(&whole), "{name}");
    }
    Ok(())
}

/// It writes pieces of 64 KiB to a file opened with `wb+`, and reads such pieces until one has met the end.
#[test]
fn ansible_puts_a_file_and_fetches_it_back() -> Result<()> {
    let (agent, mut connection) = agent_and_client()?;
    let path = agent.scratch().files().join("module");
    let content = vec![b'x'; 2 << 16];
    let handle = connection.call("guest-file-open", &json!({"path": path, "mode": "wb+"}))?;
    for piece in content.chunks(1 << 16) {
        let write = json!({"handle": handle, "buf-b64": BASE64_STANDARD.encode(piece)});
        connection.call("guest-file-write", &write)?;
    }
    connection.call("guest-file-close", &json!({"handle": handle}))?;

    let handle = connection.call("guest-file-open", &json!({"path": path, "mode": "r"}))?;
    let mut pieces = Vec::new();
    while pieces.last().is_none_or(|(_, eof)| !eof) {
        let read = connection.call("guest-file-read", &json!({"handle": handle, "count": 1 << 16}))?;
        pieces.push((read["count"].clone(), read["eof"] == true));
    }
    connection.call("guest-file-close", &json!({"handle": handle}))?;
    ensure!(pieces == [(json!(65536), false), (json!(65536), false), (json!(0), true)], "{pieces:?}");
    Ok(())
}
