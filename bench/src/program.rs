//! The agents that are compared.

use crate::client::Client;
use anyhow::{Context, Result};
use qga_testkit::{Agent, DANGEROUS, Scratch, Start, cache, program};
use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

/// An agent's program.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) name: String,
    path: PathBuf,
    /// What comes before the arguments of the agent.
    leading: Vec<String>,
}

/// What the table calls our agent.
const OURS: &str = "qga";

impl Program {
    /// Ours, as it is released.
    pub(crate) fn ours() -> Result<Program> {
        Ok(Program { name: OURS.to_owned(), path: program::ours()?, leading: Vec::new() })
    }

    /// The reference agent, without the shell that usually starts it: that would count as start-up.
    pub(crate) fn reference() -> Result<Program> {
        program::oracle()?;
        let (path, leading) = cache::oracle_command()?;
        Ok(Program { name: format!("C {}", cache::ORACLE_VERSION), path, leading })
    }

    /// Another build to compare with.
    pub(crate) fn other(path: PathBuf) -> Program {
        Program { name: path.display().to_string(), path, leading: Vec::new() }
    }

    /// Whether this is our agent as it is here.
    pub(crate) fn is_ours(&self) -> bool {
        self.name == OURS
    }

    /// Whether this is the reference agent.
    pub(crate) fn is_reference(&self) -> bool {
        !self.leading.is_empty()
    }

    /// Starts it without privileges.
    pub(crate) fn start_in(&self, scratch: Scratch) -> Result<Agent> {
        let leading: Vec<&str> = self.leading.iter().map(String::as_str).collect();
        Start::bare()
            .program(self.path.clone())
            .arguments(&leading)
            .arguments(&["-m", "unix-listen", "-p", "@SCRATCH@/ga.sock", "-t", "@SCRATCH@/state"])
            .argument(&format!("--block-rpcs={DANGEROUS}"))
            .start_in(scratch)
    }

    /// Starts it and connects; it has answered once.
    pub(crate) fn ready(&self) -> Result<Ready> {
        let agent = self.start_in(Scratch::new()?)?;
        let client = connect(&agent)?;
        Ok(Ready { client, agent })
    }
}

/// An agent that runs, with its client.
#[derive(Debug)]
pub(crate) struct Ready {
    client: Client,
    agent: Agent,
}

/// Connects as soon as the agent listens, without the pause of the tests, and waits for an answer.
pub(crate) fn connect(agent: &Agent) -> Result<Client> {
    let start = Instant::now();
    loop {
        match Client::connect(&agent.scratch().socket()) {
            Ok(mut client) => {
                client.call(PING)?;
                return Ok(client);
            }
            Err(error) if start.elapsed() > Duration::from_secs(20) => {
                return Err(error).context(agent.log());
            }
            Err(_) => thread::sleep(Duration::from_micros(20)),
        }
    }
}

/// The smallest request.
pub(crate) const PING: &str = "{\"execute\":\"guest-ping\"}\n";

impl Ready {
    /// The way to talk to it. A closure that asks for it owns all of this, and so keeps the agent alive.
    pub(crate) fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// The agent alone; its client leaves.
    pub(crate) fn into_agent(self) -> Agent {
        self.agent
    }

    /// The agent itself.
    pub(crate) fn agent(&self) -> &Agent {
        &self.agent
    }

    /// A number in kB from a file of proc(5) about the agent.
    pub(crate) fn kibibytes(&self, file: &str, field: &str) -> Result<f64> {
        let path = format!("/proc/{}/{file}", self.agent.pid());
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
        let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
        let number = line.and_then(|rest| rest.split_whitespace().next());
        Ok(number.with_context(|| format!("{path} has no {field}"))?.parse()?)
    }

    /// The sum of a number over all its threads, from their `status`.
    pub(crate) fn over_threads(&self, field: &str) -> Result<f64> {
        let mut sum = 0.0;
        for task in fs::read_dir(format!("/proc/{}/task", self.agent.pid()))? {
            let text = fs::read_to_string(task?.path().join("status"))?;
            let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
            sum += line.with_context(|| format!("no {field}"))?.trim().parse::<f64>()?;
        }
        Ok(sum)
    }

    /// The bytes of the program and of all libraries that it has mapped.
    pub(crate) fn mapped_files(&self) -> Result<u64> {
        let maps = fs::read_to_string(format!("/proc/{}/maps", self.agent.pid()))?;
        let mut files: Vec<&str> = maps.lines().filter_map(|line| line.split_whitespace().nth(5)).collect();
        files.sort_unstable();
        files.dedup();
        let is_code = |path: &&str| path.starts_with('/') && !path.contains("/locale");
        files.iter().filter(|path| is_code(path)).map(|path| Ok(fs::metadata(Path::new(path))?.len())).sum()
    }
}
