//! Whatever clients send, several at a time, coming and going: nothing of it stays in the agent.

use std::{env, time::Instant};

use anyhow::{Result, ensure};
use qga_testkit::{Agent, Connection, Footprint, SOAK, wait_until};
use qga_tests::{DONE, improvement, request, sync, synced};
use serde_json::json;

/// Commands that the suite has run; `cargo xtask soak` has more of them.
const SHORT: usize = 2_000;
const CLIENTS: usize = 4;
/// An allocator's pages come and go, and each thread that ends may leave some of them. In bytes.
const MEMORY: u64 = 3_000_000;

#[test]
fn mixed_commands_of_several_clients_leave_nothing_behind() -> Result<()> {
    improvement(|| {
        let count = env::var(SOAK).map_or(Ok(SHORT), |count| count.parse())?;
        let mut soak = Soak::start()?;
        // The first half makes the agent take what it keeps for the second.
        soak.run(count / 2)?;
        let before = soak.footprint()?;
        let start = Instant::now();

        soak.run(count - count / 2)?;

        let after = soak.footprint()?;
        println!("{} commands in {:.1?}\n{before:?} before\n{after:?} after", count / 2, start.elapsed());
        ensure!(after == Footprint { memory: after.memory, ..before }, "{after:?}, before {before:?}");
        ensure!(after.memory <= before.memory + MEMORY, "{after:?}, before {before:?}");
        Ok(())
    })
}

struct Soak {
    agent: Agent,
    clients: Vec<Connection>,
    random: u32,
    done: u64,
}

impl Soak {
    fn start() -> Result<Soak> {
        let mut agent = Agent::start()?;
        let clients = (0..CLIENTS).map(|_| agent.connect()).collect::<Result<_>>()?;
        Ok(Soak { agent, clients, random: 1, done: 0 })
    }

    /// What the agent holds once those that have left are forgotten: as many clients as before are served.
    fn footprint(&mut self) -> Result<Footprint> {
        self.clients.iter_mut().try_for_each(ping)?;
        let mut last = Footprint::of(self.agent.pid())?;
        let agent = &self.agent;
        wait_until("an agent that is at rest", || {
            let now = Footprint::of(agent.pid())?;
            let still = now == last && agent.is_waiting()?;
            last = now;
            Ok(still.then_some(now))
        })
    }

    fn run(&mut self, count: usize) -> Result<()> {
        (0..count).try_for_each(|_| self.step())
    }

    /// One command or what stands for one, of a client chosen by chance.
    fn step(&mut self) -> Result<()> {
        self.done += 1;
        let (client, act) = (self.choose(CLIENTS), self.choose(12));
        if act == 0 {
            self.clients.remove(client);
            self.clients.push(self.agent.connect()?);
            return Ok(());
        }
        let Some(client) = self.clients.get_mut(client) else { return Ok(()) };
        match act {
            1 => garbage(client, self.done),
            2 => file(client),
            3 => program(client),
            4 => half_a_request(client, self.done),
            5 => refusals(client),
            6 => reading(client),
            7 | 8 => synchronized(client, self.done),
            _ => ping(client),
        }
    }

    /// The same numbers in each run.
    fn choose(&mut self, below: usize) -> usize {
        self.random = self.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.random >> 16) as usize % below
    }
}

fn ping(client: &mut Connection) -> Result<()> {
    ensure!(client.ask(&request("guest-ping"))? == DONE);
    Ok(())
}

fn synchronized(client: &mut Connection, id: u64) -> Result<()> {
    ensure!(client.ask(&sync(id))? == synced(id));
    Ok(())
}

/// Noise, and the answers to it, up to a new beginning.
fn garbage(client: &mut Connection, id: u64) -> Result<()> {
    client.send(b"}]@ {\"execute\": [[[ 'no end \x07\xC3")?;
    half_a_request(client, id)
}

/// Something unfinished, which byte 0xFF gives up.
fn half_a_request(client: &mut Connection, id: u64) -> Result<()> {
    client.send(b"{\"execute\": \"guest-file-wr")?;
    let begin = json!({"execute": "guest-sync-delimited", "arguments": {"id": id}});
    client.send(b"\xFF")?;
    client.send(begin.to_string().as_bytes())?;
    let expected = format!("\u{fffd}{{\"return\": {id}}}");
    while client.line()? != expected {}
    Ok(())
}

fn file(client: &mut Connection) -> Result<()> {
    let handle = client.call("guest-file-open", &json!({"path": "/dev/zero", "mode": "r+"}))?;
    client.call("guest-file-write", &json!({"handle": handle, "buf-b64": "AAAA".repeat(1000)}))?;
    client.call("guest-file-read", &json!({"handle": handle, "count": 100_000}))?;
    client.call("guest-file-flush", &json!({"handle": handle}))?;
    client.call("guest-file-close", &json!({"handle": handle}))?;
    Ok(())
}

fn program(client: &mut Connection) -> Result<()> {
    let arguments = json!({"path": "/bin/cat", "input-data": "AAAA".repeat(5000), "capture-output": true});
    let started = client.call("guest-exec", &arguments)?;
    wait_until("the end of a program", || {
        let status = client.call("guest-exec-status", &started)?;
        Ok(status.get("exitcode").map(drop))
    })
}

fn refusals(client: &mut Connection) -> Result<()> {
    client.call_refused("guest-file-read", &json!({"handle": 7}))?;
    client.call_refused("guest-file-open", &json!({"path": "/no/such/file"}))?;
    client.call_refused("guest-exec", &json!({"path": "/no/such/program"}))?;
    client.call_refused("guest-no-such-command", &json!({}))?;
    client.call_refused("guest-sync", &json!({"id": "no number"}))?;
    Ok(())
}

fn reading(client: &mut Connection) -> Result<()> {
    for command in ["guest-info", "guest-get-osinfo", "guest-network-get-interfaces", "guest-get-users"] {
        client.call(command, &json!({}))?;
    }
    Ok(())
}
