//! Running a recorded session against an agent.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::{
    Agent, Connection, Scratch, Start,
    difference::Difference,
    program,
    transcript::{
        Exchange, FileCheck, Session,
        answer::{Expected, parse_lines},
        placeholder::Placeholders,
    },
};

/// How long nothing may come where nothing is expected.
const SILENCE: Duration = Duration::from_millis(300);
/// How often to ask for the end of a process, and for how long.
const POLL_INTERVAL: Duration = Duration::from_millis(50);
const POLL_LIMIT: Duration = Duration::from_secs(60);

/// Runs a session on a fresh agent and sees that each answer is the recorded one, or for an exchange among
/// `differences` that it is the declared one and no longer the recorded one.
pub fn replay(session: &Session, differences: &[Difference]) -> Result<()> {
    let mut run = Run::start(session)?;
    for exchange in &session.exchanges {
        let declared = differences.iter().find(|difference| difference.covers(&exchange.name));
        run.exchange(exchange, declared).with_context(|| format!("in {}", exchange.name))?;
    }
    run.finish().with_context(|| format!("after {}", session.name))
}

/// What a session needs and this machine lacks.
pub fn unmet(session: &Session) -> Option<&str> {
    let required = session.exchanges.first()?.requires.as_deref()?;
    (required != "unprivileged" && !Path::new(required).exists()).then_some(required)
}

struct Run {
    agent: Agent,
    connection: Connection,
    placeholders: Placeholders,
}

impl Run {
    fn start(session: &Session) -> Result<Run> {
        let first = session.exchanges.first().context("the session is empty")?;
        let scratch = Scratch::new()?;
        first.setup.iter().try_for_each(|item| scratch.create(item))?;
        let placeholders = Placeholders::new(&scratch.path().to_string_lossy());
        let start = Start::default().unblocked();
        let start = first.agent.args.iter().fold(start, |start, argument| start.argument(argument));
        let start = first.agent.env.iter().fold(start, |start, (name, value)| start.variable(name, value));
        let mut agent = start.start_in(scratch)?;
        let connection = agent.connect()?;
        Ok(Run { agent, connection, placeholders })
    }

    fn exchange(&mut self, exchange: &Exchange, declared: Option<&Difference>) -> Result<()> {
        self.prepare(exchange)?;
        let recorded = Expected::of(exchange, &self.placeholders)?;
        let expected =
            declared.map_or_else(|| recorded.clone(), |difference| difference.expected(&self.placeholders));
        let answer = self.ask(exchange, &expected)?;
        expected.check(&answer)?;
        if declared.is_some() && recorded.check(&answer).is_ok() {
            bail!("the answer no longer differs from the reference's: take it off the list of differences");
        }
        self.capture(exchange, &answer)?;
        exchange.check_files.iter().try_for_each(|check| self.check_file(check))?;
        ensure!(self.agent.is_running()?, "the agent ended\n{}", self.agent.log());
        Ok(())
    }

    fn prepare(&mut self, exchange: &Exchange) -> Result<()> {
        if exchange.restart_agent {
            self.agent.restart()?;
            self.connection = self.agent.connect()?;
        }
        if exchange.reconnect {
            self.hang_up()?;
            self.connection = self.agent.connect()?;
        }
        thread::sleep(Duration::from_millis(exchange.delay_ms));
        Ok(())
    }

    fn ask(&mut self, exchange: &Exchange, expected: &Expected) -> Result<Vec<u8>> {
        let start = Instant::now();
        loop {
            let answer = self.ask_once(exchange, expected)?;
            if !exchange.poll || start.elapsed() > POLL_LIMIT || has_exited(&answer) {
                return Ok(answer);
            }
            thread::sleep(POLL_INTERVAL);
        }
    }

    fn ask_once(&mut self, exchange: &Exchange, expected: &Expected) -> Result<Vec<u8>> {
        self.connection.nothing_more().context("an answer too many before this exchange")?;
        self.connection.send(&self.placeholders.fill_bytes(&exchange.send.0))?;
        for piece in &exchange.send_repeat {
            self.connection.send(&self.placeholders.fill_bytes(&piece.bytes.0).repeat(piece.times))?;
        }
        if exchange.half_close {
            self.connection.finish_sending()?;
        }
        if exchange.expect_close {
            return self.connection.rest();
        }
        if expected.lines() == 0 {
            self.connection.nothing_for(SILENCE)?;
        }
        self.connection.lines(expected.lines())
    }

    fn capture(&mut self, exchange: &Exchange, answer: &[u8]) -> Result<()> {
        if exchange.capture.is_empty() {
            return Ok(());
        }
        self.placeholders.capture(&exchange.capture, &Value::from(parse_lines(answer)?))
    }

    fn check_file(&self, check: &FileCheck) -> Result<()> {
        let path = self.agent.scratch().path().join(&check.path);
        let metadata = path.symlink_metadata().ok();
        ensure!(metadata.is_some() == check.exists, "{} exists: {}", path.display(), metadata.is_some());
        if let Some(content) = &check.content {
            let found = fs::read(&path)?;
            ensure!(found == content.0, "{} contains {}", path.display(), found.escape_ascii());
        }
        if let (Some(mode), Some(metadata)) = (&check.mode, metadata) {
            let found = format!("{:o}", metadata.permissions().mode() & 0o7777);
            ensure!(found == *mode, "{} has mode {found}, not {mode}", path.display());
        }
        Ok(())
    }

    /// Ends the connection and sees that no answer is left over.
    fn hang_up(&mut self) -> Result<()> {
        // The other side may have closed it already.
        let _ = self.connection.finish_sending();
        let rest = self.connection.rest()?;
        ensure!(rest.is_empty(), "an answer too many: {}", rest.escape_ascii());
        Ok(())
    }

    fn finish(mut self) -> Result<()> {
        self.hang_up()?;
        if program::reference_is_under_test() {
            // One SIGTERM in two hundred, sent while it closes a connection, it does not survive or not notice.
            return Ok(());
        }
        let status = self.agent.stop()?;
        ensure!(status.success(), "the agent ended with {status}\n{}", self.agent.log());
        Ok(())
    }
}

/// Whether there is nothing left to ask for: the process has exited, or the answer is an error.
pub fn has_exited(answer: &[u8]) -> bool {
    let lines = parse_lines(answer).unwrap_or_default();
    lines.first().and_then(|line| line.pointer("/return/exited")) != Some(&Value::Bool(false))
}
