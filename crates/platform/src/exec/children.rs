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
mod tests {
    use super::super::Capture;
    use super::*;
    use crate::account::{Accounts, SystemAccounts};
    use std::time::{Duration, Instant};

    fn shell(script: &str, capture: Capture) -> Program {
        let arguments = vec!["-c".to_owned(), script.to_owned()];
        Program { path: "sh".to_owned(), arguments, environment: None, input: None, capture }
    }

    fn ended(children: &Children, pid: u32) -> Status {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            match children.status(pid) {
                Some(Status::Running) if Instant::now() < deadline => thread::yield_now(),
                status => return status.unwrap(),
            }
        }
    }

    fn at_most(most: Most) -> Children {
        let table = Table { most, ..Table::default() };
        Children { most, table: Arc::new(Mutex::new(table)), ..Children::default() }
    }

    /// Starts a program and waits until it has ended, without asking for its result.
    fn run(children: &Children, script: &str) -> u32 {
        let pid = children.start(shell(script, Capture::Stdout), &Terms::default()).unwrap();
        let deadline = Instant::now() + Duration::from_secs(60);
        while lock(&children.table).children.get(&pid).is_some_and(|child| !child.told) {
            assert!(Instant::now() < deadline, "{pid} does not end");
            thread::yield_now();
        }
        pid
    }

    fn exited(status: Status) -> (Exit, Vec<u8>, Vec<u8>) {
        match status {
            Status::Ended { exit, stdout, stderr } => (exit, stdout.data, stderr.data),
            Status::Running => panic!("it still runs"),
        }
    }

    #[test]
    fn output_goes_where_it_is_asked_for() {
        let children = Children::default();
        let cases = [
            (Capture::None, "", ""),
            (Capture::Stdout, "o", ""),
            (Capture::Stderr, "", "e"),
            (Capture::Separated, "o", "e"),
            (Capture::Merged, "oe", ""),
        ];
        for (capture, stdout, stderr) in cases {
            let pid =
                children.start(shell("printf o; printf e >&2; exit 3", capture), &Terms::default()).unwrap();
            let expected = (Exit::Code(3), stdout.as_bytes().to_vec(), stderr.as_bytes().to_vec());
            assert_eq!(exited(ended(&children, pid)), expected, "{capture:?}");
            assert_eq!(children.status(pid), None, "a result is told once");
        }
    }

    #[test]
    fn input_beyond_what_a_pipe_holds_comes_back() {
        let children = Children::default();
        let input: Vec<u8> = (0..3_000_000_u32).map(|number| number.to_le_bytes()[0]).collect();
        let program = Program { input: Some(input.clone()), ..shell("cat", Capture::Stdout) };
        let pid = children.start(program, &Terms::default()).unwrap();
        assert_eq!(exited(ended(&children, pid)), (Exit::Code(0), input, vec![]));
    }

    #[test]
    fn nobody_stays_a_zombie_whom_nobody_asks_about() {
        let children = Children::default();
        let pid = children.start(shell("exit 0", Capture::None), &Terms::default()).unwrap();
        let deadline = Instant::now() + Duration::from_secs(60);
        while std::path::Path::new(&format!("/proc/{pid}")).exists() {
            assert!(Instant::now() < deadline, "{pid} was not reaped");
            thread::yield_now();
        }
        assert_eq!(exited(ended(&children, pid)).0, Exit::Code(0));
    }

    #[test]
    fn a_program_beyond_the_most_waits_for_another_to_end() {
        let children = at_most(Most { running: 2, ..Most::default() });
        let sleeper = || shell("exec sleep 600", Capture::None);
        let running = [(); 2].map(|()| children.start(sleeper(), &Terms::default()).unwrap());
        assert_eq!(
            children.start(sleeper(), &Terms::default()).unwrap_err().to_string(),
            "2 programs are running already"
        );
        for pid in running {
            let pid = nix::unistd::Pid::from_raw(pid.try_into().unwrap());
            nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
        }
        assert_eq!(exited(ended(&children, running[0])).0, Exit::Signal(9));
        assert_eq!(exited(ended(&children, running[1])).0, Exit::Signal(9));
        let pid = children.start(shell("exit 3", Capture::None), &Terms::default()).unwrap();
        assert_eq!(exited(ended(&children, pid)).0, Exit::Code(3));
    }

    #[test]
    fn of_many_results_that_nobody_asks_for_the_oldest_are_forgotten() {
        let children = at_most(Most { results: 2, ..Most::default() });
        let pids = [(); 3].map(|()| run(&children, "printf x"));
        assert_eq!(children.status(pids[0]), None);
        assert_eq!(exited(ended(&children, pids[1])).1, b"x");
        assert_eq!(exited(ended(&children, pids[2])).1, b"x");
    }

    #[test]
    fn of_much_output_that_nobody_asks_for_the_oldest_is_forgotten() {
        let children = at_most(Most { result_bytes: 10, ..Most::default() });
        let pids = ["12345", "678", "901", "2345678901234"]
            .map(|output| run(&children, &format!("printf {output}")));
        for forgotten in pids {
            assert_eq!(children.status(forgotten), None, "the last alone is too much");
        }
        let pids = ["12345", "678", "901"].map(|output| run(&children, &format!("printf {output}")));
        assert_eq!(children.status(pids[0]), None);
        assert_eq!(exited(ended(&children, pids[1])).1, b"678");
        assert_eq!(exited(ended(&children, pids[2])).1, b"901");
        assert_eq!(lock(&children.table).ended_bytes, 0);
    }

    #[test]
    fn a_signal_is_told_and_a_program_that_is_not_there() {
        let children = Children::default();
        let pid = children.start(shell("kill -9 $$", Capture::Separated), &Terms::default()).unwrap();
        assert_eq!(exited(ended(&children, pid)).0, Exit::Signal(9));
        let absent = Program { path: "no-such-program-x".to_owned(), ..shell("", Capture::None) };
        assert_eq!(children.start(absent, &Terms::default()).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn what_is_kept_is_no_more_than_the_owner_lets() {
        let children = Children::default();
        let terms = Terms { most_output: 3, ..Terms::default() };
        let pid = children.start(shell("echo hello", Capture::Stdout), &terms).unwrap();
        let Status::Ended { stdout, .. } = ended(&children, pid) else { panic!("it has not ended") };
        assert_eq!(stdout, Captured { data: b"hel".to_vec(), truncated: true });
    }

    #[test]
    fn the_file_that_is_executed_is_the_owners_choice_and_the_name_is_the_hosts() {
        let children = Children::default();
        let terms = Terms { executable: Some("/bin/sh".into()), ..Terms::default() };
        let program = Program { path: "other".to_owned(), ..shell("echo $0", Capture::Stdout) };
        let pid = children.start(program, &terms).unwrap();
        assert_eq!(exited(ended(&children, pid)), (Exit::Code(0), b"other\n".to_vec(), vec![]));
    }

    #[test]
    fn a_program_runs_as_another_user_or_not_at_all() {
        let children = Children::default();
        let account = SystemAccounts.find("nobody").unwrap();
        let expected =
            format!("{} {} {} {}\n", account.uid, account.gid, account.gid, account.home.display());
        let terms = Terms { account: Some(account), ..Terms::default() };
        let started = children.start(shell("echo $(id -u) $(id -g) $(id -G) $HOME", Capture::Stdout), &terms);
        if nix::unistd::geteuid().is_root() {
            let status = exited(ended(&children, started.unwrap()));
            assert_eq!(status, (Exit::Code(0), expected.into_bytes(), vec![]));
        } else {
            assert_eq!(started.unwrap_err().kind(), io::ErrorKind::PermissionDenied);
        }
    }
}
