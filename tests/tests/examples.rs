//! The examples of the client library against a real agent.

#[cfg(test)]
#[expect(dead_code, reason = "its main is not called here")]
#[path = "../../crates/client/examples/copy.rs"]
mod copy;
#[cfg(test)]
#[expect(dead_code, reason = "its main is not called here")]
#[path = "../../crates/client/examples/exec.rs"]
mod exec;
#[cfg(test)]
#[expect(dead_code, reason = "its main is not called here")]
#[path = "../../crates/client/examples/fleet.rs"]
mod fleet;

use qga_client::{Address, Client, Error, FileError, Options};
use qga_testkit::Agent;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;
use std::sync::mpsc;

/// One client at a time is all that the reference serves, so this one only sees that it listens.
fn address(agent: &mut Agent) -> anyhow::Result<Address> {
    drop(agent.connect()?);
    Ok(Address::Unix(agent.scratch().socket()))
}

fn connect(agent: &mut Agent) -> anyhow::Result<Client> {
    Ok(Client::connect(&address(agent)?, Options::default())?)
}

/// Tells what was written when it is written.
struct Watched(mpsc::Sender<Vec<u8>>);

impl Write for Watched {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(bytes.to_vec()).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_a_program_writes_is_seen_while_it_runs() -> anyhow::Result<()> {
    let mut agent = Agent::start()?;
    let mut client = connect(&mut agent)?;
    let go_on = agent.scratch().files().join("go-on");
    let script = "echo begun; until [ -e \"$1\" ]; do sleep 0.01; done; echo ended >&2; exit 3";
    let program = ["sh", "-c", script, "sh", &go_on.to_string_lossy()].map(str::to_owned);
    let (written, seen) = mpsc::channel();
    let running = std::thread::spawn(move || exec::stream(&mut client, &program, &mut Watched(written)));
    // It ends only after this has been seen.
    assert_eq!(seen.recv()?, b"begun\n");
    fs::write(go_on, "")?;
    let ended = running.join().expect("the example does not panic")?;
    assert_eq!(ended.exitcode, Some(3));
    assert_eq!(seen.iter().collect::<Vec<_>>().concat(), b"ended\n");
    Ok(())
}

#[test]
fn a_file_is_copied_there_and_back_and_one_that_is_too_long_is_refused() -> anyhow::Result<()> {
    let mut agent = Agent::start()?;
    let mut client = connect(&mut agent)?;
    let path = |name: &str| -> PathBuf { agent.scratch().files().join(name) };
    let (from, there, back) = (path("from"), path("there"), path("back"));
    let content: Vec<u8> = (0..=u8::MAX).cycle().take(500_000).collect();
    fs::write(&from, &content)?;
    let there = there.to_string_lossy();
    assert_eq!(copy::put(&mut client, &from, &there, |_| ())?, 500_000);
    assert_eq!(copy::get(&mut client, &there, &back, 500_000, |_| ())?, 500_000);
    assert!(fs::read(&back)? == content);
    let endless = copy::get(&mut client, "/dev/zero", &back, 500_000, |_| ()).unwrap_err();
    assert!(matches!(endless, FileError::Local(error) if error.kind() == ErrorKind::FileTooLarge));
    Ok(())
}

#[tokio::test]
async fn guests_are_looked_at_whether_others_answer_or_not() -> anyhow::Result<()> {
    let mut agent = Agent::start()?;
    let living = address(&mut agent)?;
    let dead = Address::Unix("/nonexistent/qga.sock".into());
    let mut dead_ones = 0;
    let mut seen = Vec::new();
    let addresses = [vec![dead.clone(); 50], vec![living], vec![dead; 50]].concat();
    fleet::look_at_all(addresses, |_, one| match one {
        Ok(text) => seen.push(text),
        Err(error) => dead_ones += usize::from(matches!(error, Error::Unreachable { .. })),
    })
    .await?;
    assert_eq!((seen.len(), dead_ones), (1, 100));
    assert!(seen.concat().contains(", "));
    Ok(())
}
