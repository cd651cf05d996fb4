//! The programs that run and the results that wait to be asked for.
//!
//! One thread, started with the first program, waits for all pipes and for SIGCHLD: it empties what programs
//! write, feeds what they read, and reaps each as it ends, whether anybody asks or not.

use super::Exit;
use super::pipes::{Captured, Feed, Output};
use super::spawn::{Program, Spawned, Terms, spawn};
use mio::net::UnixStream;
use mio::{Events, Interest, Poll, Registry, Token};
use signal_hook::consts::SIGCHLD;
use signal_hook::low_level::{pipe, unregister};
use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Read};
use std::os::unix::process::ExitStatusExt;
use std::process;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Programs that may run at a time.
const MOST_RUNNING: usize = 4096;
/// Results that are kept for a host that doesn't ask, and how many bytes of output in sum: past either the
/// oldest go.
const MOST_RESULTS: usize = 4096;
const MOST_RESULT_BYTES: usize = 256 << 20;

const SIGNAL: Token = Token(usize::MAX);

/// What is to be told of a program.
#[derive(Debug, PartialEq, Eq)]
pub enum Status {
    /// It runs, or something that it left behind holds its output open.
    Running,
    /// It has ended; told once.
    Ended {
        /// How.
        exit: Exit,
        /// What was kept of its standard output.
        stdout: Captured,
        /// What was kept of its standard error.
        stderr: Captured,
    },
}

/// All programs that were started for the host.
#[derive(Default)]
pub struct Children {
    most: Most,
    table: Arc<Mutex<Table>>,
    registry: Mutex<Option<Arc<Registry>>>,
}

/// How much there may be.
#[derive(Debug, Clone, Copy)]
struct Most {
    running: usize,
    results: usize,
    result_bytes: usize,
}

impl Default for Most {
    fn default() -> Most {
        Most { running: MOST_RUNNING, results: MOST_RESULTS, result_bytes: MOST_RESULT_BYTES }
    }
}

#[derive(Default)]
struct Table {
    most: Most,
    children: BTreeMap<u32, Child>,
    /// Each has three tokens: for what it reads, writes, and writes as errors.
    next_token: usize,
    pid_of_token: BTreeMap<usize, u32>,
    ended: VecDeque<(u32, usize)>,
    ended_bytes: usize,
}

struct Child {
    process: process::Child,
    exit: Option<Exit>,
    /// It is among those that have ended.
    told: bool,
    /// The first of its tokens, by which it is told from an earlier one of the same process id.
    token: usize,
    feed: Feed,
    stdout: Output,
    stderr: Output,
}

impl Children {
    /// Starts a program and tells its process id.
    pub fn start(&self, program: Program, terms: &Terms) -> io::Result<u32> {
        let registry = self.registry()?;
        let most = self.most.running;
        if lock(&self.table).running() >= most {
            return Err(io::Error::other(format!("{most} programs are running already")));
        }
        let spawned = spawn(&program, terms)?;
        let pid = spawned.child.id();
        let child = Child::new(spawned, program.input.unwrap_or_default(), terms.most_output)?;
        let mut table = lock(&self.table);
        table.insert(pid, child, &registry)?;
        // It may have ended before it was in the table, where its signal would have found it.
        table.update(pid);
        Ok(pid)
    }

    /// What is to be told of the program `pid`; `None` if there is none, or it was told already.
    pub fn status(&self, pid: u32) -> Option<Status> {
        let mut table = lock(&self.table);
        table.update(pid);
        table.take(pid)
    }

    /// Where pipes are watched; begins watching at the first call.
    fn registry(&self) -> io::Result<Arc<Registry>> {
        let mut registry = lock(&self.registry);
        if let Some(registry) = &*registry {
            return Ok(Arc::clone(registry));
        }
        let poll = Poll::new()?;
        let watching = Arc::new(poll.registry().try_clone()?);
        let (mut signals, told) = UnixStream::pair()?;
        poll.registry().register(&mut signals, SIGNAL, Interest::READABLE)?;
        let table = Arc::clone(&self.table);
        let telling = pipe::register(SIGCHLD, told)?;
        let attending = move || attend(poll, signals, &table);
        if let Err(error) = thread::Builder::new().name("children".to_owned()).spawn(attending) {
            // Else each attempt would leave a descriptor behind.
            unregister(telling);
            return Err(error);
        }
        Ok(Arc::clone(registry.insert(watching)))
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn attend(mut poll: Poll, mut signals: UnixStream, table: &Mutex<Table>) {
    let mut events = Events::with_capacity(256);
    loop {
        // An interrupted wait leaves no events, and is begun again.
        let waited = poll.poll(&mut events, None);
        debug_assert!(
            waited.is_ok() || waited.is_err_and(|error| error.kind() == io::ErrorKind::Interrupted)
        );
        let mut table = lock(table);
        for event in &events {
            match event.token() {
                SIGNAL => {
                    while signals.read(&mut [0; 64]).is_ok_and(|count| count > 0) {}
                    table.reap();
                }
                Token(token) => table.move_data(token),
            }
        }
    }
}

impl Table {
    fn running(&self) -> usize {
        self.children.len() - self.ended.len()
    }

    fn insert(&mut self, pid: u32, mut child: Child, registry: &Registry) -> io::Result<()> {
        let first = self.next_token;
        self.next_token += 3;
        child.token = first;
        if let Err(error) = child.register(registry) {
            child.process.kill()?;
            child.process.wait()?;
            return Err(error);
        }
        for token in first..first + 3 {
            self.pid_of_token.insert(token, pid);
        }
        self.forget(pid);
        self.children.insert(pid, child);
        Ok(())
    }

    fn move_data(&mut self, token: usize) {
        if let Some(&pid) = self.pid_of_token.get(&token) {
            self.update(pid);
        }
    }

    /// Takes note of all that have ended. What they wrote last is told by their pipes.
    fn reap(&mut self) {
        let running = self.children.iter_mut().filter(|(_, child)| child.exit.is_none());
        let ended: Vec<u32> = running.filter_map(|(pid, child)| child.reap().then_some(*pid)).collect();
        for pid in ended {
            self.update(pid);
        }
    }

    /// Moves what a program's pipes let move, and notes its end.
    fn update(&mut self, pid: u32) {
        let Some(child) = self.children.get_mut(&pid).filter(|child| !child.told) else { return };
        child.update();
        if child.is_done() {
            child.told = true;
            let token = child.token;
            self.ended_bytes += child.kept();
            self.ended.push_back((pid, token));
            for token in token..token + 3 {
                self.pid_of_token.remove(&token);
            }
            self.bound_results();
        }
    }

    fn bound_results(&mut self) {
        while self.ended.len() > self.most.results || self.ended_bytes > self.most.result_bytes {
            let Some(&(oldest, _)) = self.ended.front() else { return };
            self.forget(oldest);
        }
    }

    fn take(&mut self, pid: u32) -> Option<Status> {
        if !self.children.get(&pid)?.is_done() {
            return Some(Status::Running);
        }
        let child = self.forget(pid)?;
        let (stdout, stderr) = (child.stdout.captured, child.stderr.captured);
        child.exit.map(|exit| Status::Ended { exit, stdout, stderr })
    }

    fn forget(&mut self, pid: u32) -> Option<Child> {
        let child = self.children.remove(&pid)?;
        if let Some(at) = self.ended.iter().position(|ended| *ended == (pid, child.token)) {
            self.ended.remove(at);
            self.ended_bytes -= child.kept();
        }
        Some(child)
    }
}

impl Child {
    fn new(spawned: Spawned, input: Vec<u8>, most_output: usize) -> io::Result<Child> {
        Ok(Child {
            process: spawned.child,
            exit: None,
            told: false,
            token: 0,
            feed: Feed::new(spawned.stdin, input)?,
            stdout: Output::new(spawned.stdout, most_output)?,
            stderr: Output::new(spawned.stderr, most_output)?,
        })
    }

    fn register(&self, registry: &Registry) -> io::Result<()> {
        self.feed.register(registry, Token(self.token))?;
        self.stdout.register(registry, Token(self.token + 1))?;
        self.stderr.register(registry, Token(self.token + 2))
    }

    fn update(&mut self) {
        self.feed.give();
        self.stdout.take();
        self.stderr.take();
        self.reap();
    }

    /// Whether it has ended.
    fn reap(&mut self) -> bool {
        if self.exit.is_none() {
            self.exit = match self.process.try_wait() {
                Ok(status) => status.map(Exit::from),
                // Somebody else has reaped it: how it ended cannot be known.
                Err(_) => Some(Exit::Code(-1)),
            };
        }
        self.exit.is_some()
    }

    fn is_done(&self) -> bool {
        self.exit.is_some() && self.stdout.is_closed() && self.stderr.is_closed()
    }

    fn kept(&self) -> usize {
        self.stdout.captured.data.len() + self.stderr.captured.data.len()
    }
}

impl From<process::ExitStatus> for Exit {
    fn from(status: process::ExitStatus) -> Exit {
        status.code().map_or_else(|| Exit::Signal(status.signal().unwrap_or_default()), Exit::Code)
    }
}

#[cfg(test)]
mod tests;
