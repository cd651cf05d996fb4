//! The client library against a real agent.

use qga_client::{Address, Client, Error, FileError, Options};
use qga_testkit::{Agent, DANGEROUS, Start, wait_until};
use qga_wire::family::exec::{Exec, ExecCaptureOutput};
use qga_wire::family::file::{FileClose, FileOpen};
use qga_wire::family::sync::{Ping, Sync};
use qga_wire::family::system::Info;
use qga_wire::json::Value;
use std::io::SeekFrom;
use std::time::Duration;

/// An agent, and a client of it.
struct Pair {
    agent: Agent,
    client: Client,
}

impl Pair {
    fn new() -> anyhow::Result<Pair> {
        Pair::of(Agent::start()?)
    }

    fn of(mut agent: Agent) -> anyhow::Result<Pair> {
        // One client at a time is all that the reference serves, so this one only sees that it listens.
        drop(agent.connect()?);
        let client = Client::connect(&Address::Unix(agent.scratch().socket()), Options::default())?;
        Ok(Pair { agent, client })
    }

    fn path(&self, name: &str) -> String {
        self.agent.scratch().path().join(name).to_string_lossy().into_owned()
    }
}

#[test]
fn calls_are_answered_typed_and_raw() -> anyhow::Result<()> {
    let Pair { mut client, agent: _agent } = Pair::new()?;
    client.call(&Ping {})?;
    let info = client.call(&Info {})?;
    let Value::Object(members) = client.call_raw("guest-info", None)? else { panic!("no object") };
    assert!(members.contains(&("version".to_owned(), Value::String(info.version))));
    Ok(())
}

#[test]
fn an_error_keeps_its_class_and_words() -> anyhow::Result<()> {
    let Pair { mut client, agent: _agent } = Pair::new()?;
    let error = client.call_raw("guest-nothing", None).unwrap_err();
    let Error::Agent { class, desc } = error else { panic!("{error:?}") };
    assert_eq!((&*class, &*desc), ("CommandNotFound", "The command guest-nothing has not been found"));
    Ok(())
}

#[test]
fn what_an_earlier_client_left_behind_does_no_harm() -> anyhow::Result<()> {
    for left_over in ["{\"execute\": \"guest-pi", "{\"execute\": \"guest-info\"}\n", "}}]]", "{\"a\": 'text"]
    {
        let mut agent = Agent::start()?;
        let mut earlier = agent.connect()?;
        earlier.send(left_over.as_bytes())?;
        drop(earlier);
        let mut client = Client::connect(&Address::Unix(agent.scratch().socket()), Options::default())?;
        client.call(&Ping {})?;
    }
    Ok(())
}

#[test]
fn an_agent_that_may_not_run_the_handshake_is_found_by_the_plain_one() -> anyhow::Result<()> {
    let blocked = format!("--block-rpcs=guest-sync-delimited,{DANGEROUS}");
    let options = ["-m", "unix-listen", "-p", "@SCRATCH@/ga.sock", "-t", "@SCRATCH@/state", &blocked];
    let agent = Start::bare().arguments(&options).start()?;
    let Pair { mut client, agent: _agent } = Pair::of(agent)?;
    client.call(&Ping {})?;
    // After a reply that nobody takes there has to be another one.
    client.pipeline().ask(&Info {})?;
    assert_eq!(client.call(&Sync { id: 7 })?, 7);
    Ok(())
}

#[test]
fn files_of_any_size_come_back_as_they_went() -> anyhow::Result<()> {
    let mut pair = Pair::new()?;
    let path = pair.path("file");
    for size in [0, 1, 4096, (3 << 17) - 1, 3 << 17, (3 << 17) + 1, 5_000_000] {
        let sent: Vec<u8> = (0..=u8::MAX).cycle().take(size).collect();
        let mut told = Vec::new();
        let written = pair.client.write_file(&path, &mut sent.as_slice(), |count| told.push(count))?;
        let mut received = Vec::new();
        let told_of_writing = std::mem::take(&mut told);
        let read = pair.client.read_file(&path, &mut received, |count| told.push(count))?;
        assert_eq!(told, told_of_writing);
        assert!(sent == received, "{size} bytes");
        assert_eq!((written, read), (size as u64, size as u64));
        assert_eq!(told.last().copied().unwrap_or_default(), size as u64);
    }
    Ok(())
}

#[test]
fn a_file_of_unknown_size_is_read_to_its_end() -> anyhow::Result<()> {
    let Pair { mut client, agent: _agent } = Pair::new()?;
    let mut received = Vec::new();
    client.read_file("/proc/filesystems", &mut received, |_| {})?;
    assert_eq!(received, std::fs::read("/proc/filesystems")?);
    Ok(())
}

#[test]
fn a_handle_is_closed_when_reading_fails() -> anyhow::Result<()> {
    let Pair { mut client, agent: _agent } = Pair::new()?;
    let error = client.read_file("/", &mut Vec::new(), |_| {}).unwrap_err();
    assert!(matches!(error, FileError::Agent(Error::Agent { .. })), "{error:?}");
    let next = client.call(&FileOpen { path: "/proc/filesystems".to_owned(), mode: None })?;
    let error = client.call(&FileClose { handle: next - 1 }).unwrap_err();
    assert_eq!(error.to_string(), format!("handle '{}' has not been found", next - 1));
    Ok(())
}

#[test]
fn after_a_time_out_the_next_call_has_its_own_answer() -> anyhow::Result<()> {
    let Pair { mut client, agent } = Pair::new()?;
    agent.signal(nix::sys::signal::Signal::SIGSTOP)?;
    client.set_timeout(Duration::from_millis(100));
    // Threads of a process stop one by one, so the first calls may still be answered.
    wait_until("a call that times out", || match client.call(&Info {}) {
        Err(Error::TimedOut { .. }) => Ok(Some(())),
        answered => Ok(answered.map(|_| None)?),
    })?;
    agent.signal(nix::sys::signal::Signal::SIGCONT)?;
    client.set_timeout(Options::default().timeout);
    client.call(&Ping {})?;
    Ok(())
}

#[test]
fn an_agent_that_ends_is_unreachable() -> anyhow::Result<()> {
    let Pair { mut client, mut agent } = Pair::new()?;
    agent.stop()?;
    assert!(matches!(client.call(&Ping {}), Err(Error::Unreachable { .. })));
    Ok(())
}

#[test]
fn a_refused_shutdown_is_told_at_once() -> anyhow::Result<()> {
    let Pair { mut client, agent: _agent } = Pair::new()?;
    let error = client.call_raw("guest-shutdown", None).unwrap_err();
    assert!(matches!(error, Error::Agent { class, .. } if class == "CommandNotFound"));
    Ok(())
}

#[test]
fn a_file_is_read_and_written_from_where_it_stands() -> anyhow::Result<()> {
    let mut pair = Pair::new()?;
    let path = pair.path("file");
    pair.client.write_file(&path, &mut &b"0123456789"[..], |_| {})?;
    pair.client.with_file(&path, "a", |file| file.copy_from(&mut &b"abc"[..], |_| {}))?;
    pair.client.with_file(&path, "r+", |file| {
        assert_eq!(file.seek(SeekFrom::End(0))?, 13);
        assert_eq!(file.seek(SeekFrom::Start(8))?, 8);
        let mut rest = Vec::new();
        file.copy_to(&mut rest, |_| {})?;
        assert_eq!(rest, b"89abc");
        assert_eq!(file.seek(SeekFrom::Current(-1))?, 12);
        Ok(file.write(b"!")?)
    })?;
    assert_eq!(std::fs::read(path)?, b"0123456789ab!");
    Ok(())
}

#[test]
fn a_program_runs_to_its_end_or_is_left_running() -> anyhow::Result<()> {
    let Pair { mut client, agent: _agent } = Pair::new()?;
    let shell = |script: &str| Exec {
        path: "/bin/sh".to_owned(),
        arg: Some(vec!["-c".to_owned(), script.to_owned()]),
        env: None,
        input_data: Some(b"input".to_vec().into()),
        capture_output: Some(ExecCaptureOutput::Flag(true)),
    };
    let ended = client.run(&shell("cat; exit 3"), None, |_| {})?.unwrap_or_default();
    assert_eq!((ended.exitcode, ended.out_data), (Some(3), Some(b"input".to_vec().into())));
    let killed = client.run(&shell("kill -9 $$"), None, |_| {})?.unwrap_or_default();
    assert_eq!(killed.signal, Some(9));
    let mut process = None;
    let running =
        client.run(&shell("exec sleep 60"), Some(Duration::from_millis(50)), |pid| process = Some(pid))?;
    assert_eq!(running, None);
    let kill = shell(&format!("kill {}", process.unwrap_or_default()));
    assert_eq!(client.run(&kill, None, |_| {})?.unwrap_or_default().exitcode, Some(0));
    Ok(())
}

#[test]
fn requests_in_a_pipeline_are_answered_in_their_order() -> anyhow::Result<()> {
    let Pair { mut client, agent: _agent } = Pair::new()?;
    let mut pipeline = client.pipeline();
    for id in 0..200 {
        pipeline.ask(&Sync { id })?;
    }
    for id in 0..200 {
        assert_eq!(pipeline.answer::<Sync>()?, id);
    }
    pipeline.ask(&Sync { id: 7 })?;
    assert_eq!(client.call(&Sync { id: 8 })?, 8);
    Ok(())
}

#[tokio::test]
async fn awaited_calls_run_programs_and_copy_files_at_the_same_time() -> anyhow::Result<()> {
    let mut agent = Agent::start()?;
    drop(agent.connect()?);
    let address = Address::Unix(agent.scratch().socket());
    let client = qga_client::tokio::Client::connect(&address, Options::default()).await?;
    let path = agent.scratch().path().join("file").to_string_lossy().into_owned();
    let sent: Vec<u8> = (0..=u8::MAX).cycle().take(5_000_000).collect();
    let program = Exec {
        path: "/bin/sh".to_owned(),
        arg: Some(vec!["-c".to_owned(), "exit 3".to_owned()]),
        env: None,
        input_data: None,
        capture_output: None,
    };
    let copying = async {
        client.write_file(&path, &mut sent.as_slice(), |_| {}).await?;
        let mut received = Vec::new();
        client.read_file(&path, &mut received, |_| {}).await?;
        anyhow::Ok(received)
    };
    let running = async { Ok(client.run(&program, |_| {}).await?) };
    let (received, ended) = tokio::try_join!(copying, running)?;
    assert!(received == sent);
    assert_eq!(ended.exitcode, Some(3));
    Ok(())
}

#[tokio::test]
async fn an_awaited_file_is_read_and_written_from_where_it_stands() -> anyhow::Result<()> {
    let mut agent = Agent::start()?;
    drop(agent.connect()?);
    let address = Address::Unix(agent.scratch().socket());
    let client = qga_client::tokio::Client::connect(&address, Options::default()).await?;
    let path = agent.scratch().path().join("file").to_string_lossy().into_owned();
    client.write_file(&path, &mut &b"0123456789"[..], |_| {}).await?;
    let mut end = client.open_file(&path, "a").await?;
    assert_eq!(end.copy_from(&mut &b"abc"[..], |_| {}).await?, 3);
    end.close().await?;
    let mut file = client.open_file(&path, "r").await?;
    assert_eq!(file.seek(SeekFrom::End(-5)).await?, 8);
    assert_eq!(file.read(2).await?.bytes, b"89");
    let mut rest = Vec::new();
    file.copy_to(&mut rest, |_| {}).await?;
    assert_eq!(rest, b"abc");
    assert!(matches!(file.seek(SeekFrom::Start(u64::MAX)).await, Err(Error::Unsendable { .. })));
    file.close().await?;
    Ok(())
}
