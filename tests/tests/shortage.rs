//! What an agent does that runs out of something: it says so to who asked, and goes on for all others.

use anyhow::{Context, Result, ensure};
use nix::{
    mount::{MntFlags, MsFlags, mount, umount2},
    sys::resource::{Resource, getrlimit},
    unistd::Uid,
};
use qga_testkit::{Agent, Connection, Scratch, Start, patience, wait_until};
use qga_tests::{DONE, Hang, agent_and_client, improvement, request, sync, synced};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs,
    io::{ErrorKind, Read, Write},
    os::unix::net::UnixStream,
    path::PathBuf,
    time::Duration,
};

/// How long to see that nothing comes.
const SILENCE: Duration = Duration::from_millis(300);

/// What an agent may use that nobody has limited: as much as this test.
fn usual(resource: Resource) -> Result<u64> {
    Ok(getrlimit(resource)?.0)
}

fn descriptors(agent: &Agent) -> Result<usize> {
    Ok(fs::read_dir(format!("/proc/{}/fd", agent.pid()))?.count())
}

/// The lowest number that no descriptor has: a limit there leaves none, whatever the agent was started with.
fn first_free_descriptor(agent: &Agent) -> Result<u64> {
    let numbers = fs::read_dir(format!("/proc/{}/fd", agent.pid()))?;
    let taken = numbers.map(|entry| Ok(entry?.file_name().to_string_lossy().parse()?));
    let taken: BTreeSet<u64> = taken.collect::<Result<_>>()?;
    (0..u64::MAX).find(|number| !taken.contains(number)).context("all are taken")
}

/// A number of `/proc/PID/status`, in kibibytes.
fn kibibytes(agent: &Agent, name: &str) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", agent.pid()))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)).context("no such number")?;
    Ok(line.trim_matches([':', ' ', '\t', 'k', 'B']).parse()?)
}

fn answers(client: &mut Connection) -> Result<()> {
    let answer = client.ask(&request("guest-ping"))?;
    ensure!(answer == DONE, "{answer}");
    Ok(())
}

fn runs_a_program(client: &mut Connection) -> Result<()> {
    let started = client.call("guest-exec", &json!({"path": "/bin/true", "capture-output": true}))?;
    wait_until("the end of a program", || {
        let status = client.call("guest-exec-status", &started)?;
        Ok(status.get("exitcode").map(drop))
    })
}

#[test]
fn when_files_use_up_the_descriptors_some_are_left_for_clients_and_programs() -> Result<()> {
    improvement(|| {
        let (mut agent, mut client) = agent_and_client()?;
        runs_a_program(&mut client)?;
        agent.limit("nofile", first_free_descriptor(&agent)? + 100)?;
        let open = json!({"execute": "guest-file-open", "arguments": {"path": "/dev/null"}}).to_string();
        let mut handles = Vec::new();
        let refusal = loop {
            let answer: Value = serde_json::from_str(&client.ask(&open)?)?;
            match answer.get("return") {
                Some(handle) => handles.push(handle.clone()),
                None => break answer,
            }
        };
        ensure!(refusal.to_string().contains("Too many open files"), "{refusal}");
        ensure!(handles.len() > 20, "{} files", handles.len());

        answers(&mut client)?;
        let mut other = agent.connect()?;
        answers(&mut other)?;
        runs_a_program(&mut other)?;

        for handle in handles {
            other.call("guest-file-close", &json!({"handle": handle}))?;
        }
        client.call("guest-file-open", &json!({"path": "/dev/null"}))?;
        Ok(())
    })
}

#[test]
fn a_client_for_whom_there_is_no_descriptor_waits_and_is_served_later() -> Result<()> {
    improvement(|| {
        let (mut agent, mut client) = agent_and_client()?;
        agent.limit("nofile", first_free_descriptor(&agent)?)?;
        // For the first the agent has a descriptor already.
        let _first = agent.connect()?;
        let mut other = agent.connect()?;
        other.send(request("guest-ping").as_bytes())?;

        answers(&mut client)?;
        other.nothing_for(SILENCE)?;
        for (command, arguments) in
            [("guest-file-open", json!({"path": "/dev/null"})), ("guest-exec", json!({"path": "/bin/true"}))]
        {
            let refusal = client.call_refused(command, &arguments)?;
            ensure!(refusal.contains("Too many open files"), "{refusal}");
        }

        agent.limit("nofile", usual(Resource::RLIMIT_NOFILE)?)?;
        drop(client);
        ensure!(other.line()? == DONE);
        Ok(())
    })
}

#[test]
fn without_processes_and_threads_programs_and_clients_are_refused_and_leave_nothing_behind() -> Result<()> {
    improvement(|| {
        let (mut agent, mut client) = agent_and_client()?;
        answers(&mut client)?;
        agent.limit("nproc", 1)?;
        let used = descriptors(&agent)?;

        for _ in 0..20 {
            let refusal = client.call_refused("guest-exec", &json!({"path": "/bin/true"}))?;
            ensure!(refusal.contains("Resource temporarily unavailable"), "{refusal}");
            ensure!(agent.connect()?.rest()?.is_empty(), "a client that is turned away is told nothing");
        }
        answers(&mut client)?;
        // What the last attempt registered for SIGCHLD goes with the next registration.
        wait_until("descriptors to be given back", || Ok((descriptors(&agent)? <= used + 1).then_some(())))?;

        agent.limit("nproc", usual(Resource::RLIMIT_NPROC)?)?;
        runs_a_program(&mut client)?;
        answers(&mut agent.connect()?)
    })
}

#[test]
fn a_request_that_there_is_no_memory_for_is_refused_and_others_go_on() -> Result<()> {
    improvement(|| {
        let (mut agent, mut client) = agent_and_client()?;
        let mut other = agent.connect()?;
        answers(&mut other)?;
        let path = agent.scratch().files().join("big");
        let handle = client.call("guest-file-open", &json!({"path": path, "mode": "w"}))?;
        agent.limit("as", (kibibytes(&agent, "VmSize")? + (8 << 10)) << 10)?;

        let data = "AAAA".repeat(10 << 20);
        let write = json!({"execute": "guest-file-write", "arguments": {"handle": handle, "buf-b64": data}});
        // The agent may give this client up, but no other.
        let answer = client.send(write.to_string().as_bytes()).and_then(|()| client.line());

        ensure!(!answer.is_ok_and(|answer| answer.contains("return")), "there was memory enough");
        answers(&mut other)?;
        ensure!(agent.is_running()?);
        Ok(())
    })
}

#[test]
fn a_request_too_large_is_refused_and_the_next_is_answered() -> Result<()> {
    let (_agent, mut client) = agent_and_client()?;
    let piece = "A".repeat(1 << 20);
    client.send(b"{\"execute\": \"guest-file-write\", \"arguments\": {\"handle\": 1, \"buf-b64\": \"")?;
    for _ in 0..65 {
        client.send(piece.as_bytes())?;
    }
    // Byte 0xFF gives up what is unfinished.
    client.send(b"\xFF")?;
    client.send(sync(7).as_bytes())?;

    let mut lines = vec![client.line()?];
    while lines.last() != Some(&synced(7)) {
        lines.push(client.line()?);
    }

    ensure!(lines.first().is_some_and(|line| line.contains("JSON token size limit exceeded")), "{lines:?}");
    answers(&mut client)
}

#[test]
fn a_disk_without_room_is_told_to_who_writes() -> Result<()> {
    let (_agent, mut client) = agent_and_client()?;
    let handle = client.call("guest-file-open", &json!({"path": "/dev/full", "mode": "w"}))?;
    let write = json!({"handle": handle, "buf-b64": "AAAA".repeat(3000)});

    let refusal = client.call_refused("guest-file-write", &write)?;

    ensure!(refusal.contains("No space left on device"), "{refusal}");
    answers(&mut client)
}

#[test]
fn a_disk_that_cannot_be_read_is_told_to_who_reads() -> Result<()> {
    let (_agent, mut client) = agent_and_client()?;
    // Nothing is mapped at address 0, which reads as an input/output error: proc(5).
    let handle = client.call("guest-file-open", &json!({"path": "/proc/self/mem"}))?;

    let refusal = client.call_refused("guest-file-read", &json!({"handle": handle}))?;

    ensure!(refusal == "failed to read file: Input/output error", "{refusal}");
    answers(&mut client)
}

#[test]
fn without_room_for_its_state_no_file_is_opened_and_all_else_goes_on() -> Result<()> {
    if !Uid::effective().is_root() {
        return Ok(()); // Only root can mount a disk that small.
    }
    let mut agent = Start::default().start_in(Scratch::new()?)?;
    let mut client = agent.connect()?;
    answers(&mut client)?;
    let small = SmallDisk::mount(agent.scratch().state())?;
    small.fill()?;

    let refusal = client.call_refused("guest-file-open", &json!({"path": "/dev/null"}))?;
    ensure!(refusal == "failed to commit persistent state to disk", "{refusal}");
    runs_a_program(&mut client)?;

    drop(small);
    client.call("guest-file-open", &json!({"path": "/dev/null"}))?;
    Ok(())
}

/// A filesystem in memory, mounted over a directory until dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(place: PathBuf) -> Result<SmallDisk> {
        mount(Some("none"), &place, Some("tmpfs"), MsFlags::empty(), Some("size=16k,mode=777"))?;
        Ok(SmallDisk(place))
    }

    fn fill(&self) -> Result<()> {
        let written = fs::write(self.0.join("filler"), vec![0; 1 << 20]);
        ensure!(
            written.is_err_and(|error| error.kind() == ErrorKind::StorageFull),
            "the disk is not that small"
        );
        Ok(())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = umount2(&self.0, MntFlags::MNT_DETACH);
    }
}

#[test]
fn a_log_on_a_full_disk_hurts_nobody() -> Result<()> {
    let mut agent = Start::default().arguments(&["-v", "-l", "/dev/full"]).start()?;

    let mut client = agent.connect()?;

    runs_a_program(&mut client)?;
    answers(&mut client)
}

#[test]
fn requests_beyond_what_may_wait_are_answered_all_the_same() -> Result<()> {
    let mut hang = Hang::start()?;
    let mut client = hang.agent.connect()?;
    client.send(Hang::REQUEST.as_bytes())?;
    hang.reached()?;

    let pings = request("guest-get-time").repeat(3000);
    client.send(pings.as_bytes())?;
    answers(&mut hang.agent.connect()?).or_else(|error| improvement(|| Err(error)))?;
    hang.release()?;

    ensure!(client.line()?.contains(Hang::ANSWER));
    let answers = client.lines(3000)?;
    ensure!(String::from_utf8_lossy(&answers).lines().all(|line| line.starts_with("{\"return\": 1")));
    Ok(())
}

#[test]
fn the_client_beyond_the_most_waits_for_another_to_leave() -> Result<()> {
    improvement(|| {
        let mut agent = Agent::start()?;
        let mut clients = (0..64).map(|_| agent.connect()).collect::<Result<Vec<_>>>()?;
        for client in &mut clients {
            answers(client)?;
        }
        let mut waiting = agent.connect()?;
        waiting.send(request("guest-ping").as_bytes())?;
        waiting.nothing_for(SILENCE)?;

        clients.pop();

        ensure!(waiting.line()? == DONE);
        clients.iter_mut().try_for_each(answers)
    })
}

#[test]
fn a_client_that_only_sends_fills_no_memory() -> Result<()> {
    improvement(|| {
        let (mut agent, mut client) = agent_and_client()?;
        answers(&mut client)?;
        let before = kibibytes(&agent, "VmRSS")?;

        let mut sender = UnixStream::connect(agent.scratch().socket())?;
        sender.set_write_timeout(Some(SILENCE))?;
        let pings = request("guest-ping").repeat(10_000);
        while sender.write_all(pings.as_bytes()).is_ok() {}

        answers(&mut client)?;
        let grown = kibibytes(&agent, "VmRSS")?.saturating_sub(before);
        ensure!(grown < 8 << 10, "grown by {grown} KiB");
        drop(sender);
        answers(&mut agent.connect()?)
    })
}

#[test]
fn a_client_that_reads_a_byte_at_a_time_gets_all_and_holds_up_nobody() -> Result<()> {
    improvement(|| {
        let (mut agent, mut other) = agent_and_client()?;
        let handle = other.call("guest-file-open", &json!({"path": "/dev/zero"}))?;
        let read = json!({"execute": "guest-file-read", "arguments": {"handle": handle, "count": 600_000}});
        let mut slow = UnixStream::connect(agent.scratch().socket())?;
        slow.set_read_timeout(Some(patience()))?;
        slow.write_all(read.to_string().as_bytes())?;
        slow.write_all(sync(7).as_bytes())?;

        let (mut received, mut byte) = (Vec::new(), [0]);
        while !received.ends_with(synced(7).as_bytes()) {
            slow.read_exact(&mut byte)?;
            received.extend(byte);
            if received.len() % 20_000 == 0 {
                answers(&mut other)?;
            }
        }

        ensure!(received.len() > 800_000, "{} bytes", received.len());
        ensure!(agent.is_running()?);
        Ok(())
    })
}
