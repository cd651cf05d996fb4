//! An agent as a child process.

use std::{
    fs::{self, File, OpenOptions},
    os::{
        fd::OwnedFd,
        unix::{net::UnixListener, process::CommandExt},
    },
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
};

use anyhow::{Context, Result};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::{Connection, Scratch, deadline::wait_until, program, scratch};

/// The commands that change the machine an agent runs on. Outside a virtual machine made for the purpose an
/// agent gets them only without privileges.
pub const DANGEROUS: &str = "guest-shutdown,guest-suspend-disk,guest-suspend-ram,guest-suspend-hybrid,\
    guest-fsfreeze-freeze,guest-fsfreeze-freeze-list,guest-fsfreeze-thaw,guest-fstrim,guest-set-time,\
    guest-set-vcpus,guest-set-memory-blocks,guest-set-user-password";

/// How to start an agent. It runs without privileges, as user nobody where the tests run as root.
#[derive(Debug, Clone, Default)]
pub struct Start {
    program: Option<PathBuf>,
    bare: bool,
    unblocked: bool,
    passed_sockets: u32,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
}

impl Start {
    /// With no arguments but those of the test.
    pub fn bare() -> Start {
        Start { bare: true, unblocked: true, ..Start::default() }
    }

    /// Adds an argument; `@SCRATCH@` in it stands for the scratch directory.
    #[must_use]
    pub fn argument(mut self, argument: &str) -> Start {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Adds arguments as [`argument`](Start::argument) does.
    #[must_use]
    pub fn arguments(self, arguments: &[&str]) -> Start {
        arguments.iter().fold(self, |start, argument| start.argument(argument))
    }

    /// Adds a variable to the environment; `@SCRATCH@` in its value stands for the scratch directory.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Start {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Leaves the dangerous commands unblocked, for tests of how they refuse.
    #[must_use]
    pub fn unblocked(mut self) -> Start {
        self.unblocked = true;
        self
    }

    /// Passes it its listening socket so many times, as a service manager does.
    #[must_use]
    pub fn with_passed_sockets(mut self, count: u32) -> Start {
        self.passed_sockets = count;
        self
    }

    /// Runs this program instead of the one under test.
    #[must_use]
    pub fn program(mut self, program: PathBuf) -> Start {
        self.program = Some(program);
        self
    }

    /// Starts it in a new scratch directory.
    pub fn start(self) -> Result<Agent> {
        let scratch = Scratch::new()?;
        self.start_in(scratch)
    }

    /// Starts it in a scratch directory that is prepared already.
    pub fn start_in(self, scratch: Scratch) -> Result<Agent> {
        let child = self.spawn(&scratch)?;
        Ok(Agent { child, scratch, start: self })
    }

    /// Runs it to its end.
    pub fn run_in(&self, scratch: &Scratch) -> Result<Ended> {
        let [output, errors] = ["output", "errors"].map(|name| scratch.path().join(name));
        let mut command = self.command(scratch)?;
        let child = command.stdout(File::create(&output)?).stderr(File::create(&errors)?).spawn()?;
        let status = KilledOnDrop(child).wait()?;
        let program = command.get_program().to_string_lossy().into_owned();
        let read = |path| -> Result<String> {
            let text = String::from_utf8_lossy(&fs::read(path)?).into_owned();
            Ok(text.replace(&program, "ARGV0").replace(&*scratch.path().to_string_lossy(), "@SCRATCH@"))
        };
        Ok(Ended { code: status.code(), output: read(output)?, errors: read(errors)? })
    }

    fn spawn(&self, scratch: &Scratch) -> Result<KilledOnDrop> {
        let mut command = self.command(scratch)?;
        let log = append(&scratch.log())?;
        let spawned = command.stdout(log.try_clone()?).stderr(log).spawn();
        let name = command.get_program().to_string_lossy().into_owned();
        Ok(KilledOnDrop(spawned.with_context(|| format!("cannot run {name}"))?))
    }

    fn command(&self, scratch: &Scratch) -> Result<Command> {
        let directory = scratch.path().to_string_lossy();
        let fill = |text: &String| text.replace("@SCRATCH@", &directory);
        let program = self.program.clone().map_or_else(program::under_test, Ok)?;
        let program = program::open_to_all(&program, scratch.path())?;
        let mut command = match self.passed_sockets {
            0 => without_input(&program),
            count => passing_sockets(count, &program, scratch)?,
        };
        if !self.bare {
            command.args(["-m", "unix-listen", "-p"]).arg(scratch.socket()).arg("-t").arg(scratch.state());
        }
        if !self.unblocked {
            command.arg(format!("--block-rpcs={DANGEROUS}"));
        }
        if let Some((user, group)) = scratch::unprivileged()? {
            command.uid(user).gid(group);
        }
        command
            .args(self.arguments.iter().map(fill))
            .env_clear()
            .envs(STANDARD_ENVIRONMENT)
            .envs(self.environment.iter().map(|(name, value)| (name, fill(value))))
            .current_dir("/");
        Ok(command)
    }
}

/// The environment that recorded sessions and all tests start from; of this machine's configuration they
/// know nothing.
const STANDARD_ENVIRONMENT: [(&str, &str); 4] = [
    ("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"),
    ("LC_ALL", "C"),
    ("HOME", "/"),
    ("QGA_CONF", "/nonexistent"),
];

fn without_input(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null());
    command
}

/// A command that gives `program` listening sockets from descriptor 3 on, see `sd_listen_fds(3)`.
fn passing_sockets(count: u32, program: &Path, scratch: &Scratch) -> Result<Command> {
    let listener = UnixListener::bind(scratch.socket())?;
    let descriptors: String = (3..3 + count).map(|fd| fd.to_string() + "<&0 ").collect();
    let script = format!("LISTEN_PID=$$ LISTEN_FDS={count} exec \"$@\" {descriptors}</dev/null");
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &script, "sh"]).arg(program).stdin(OwnedFd::from(listener));
    Ok(command)
}

fn append(path: &Path) -> Result<File> {
    let file = OpenOptions::new().create(true).append(true).open(path);
    file.with_context(|| format!("cannot open {}", path.display()))
}

/// A running agent; killed, with its scratch directory removed, when dropped.
#[derive(Debug)]
pub struct Agent {
    child: KilledOnDrop,
    scratch: Scratch,
    start: Start,
}

impl Agent {
    /// Starts the agent under test with the dangerous commands blocked.
    pub fn start() -> Result<Agent> {
        Start::default().start()
    }

    /// Its files.
    pub fn scratch(&self) -> &Scratch {
        &self.scratch
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.0.id()
    }

    /// Opens a connection as soon as the agent listens.
    pub fn connect(&mut self) -> Result<Connection> {
        wait_until("the agent's socket", || {
            if let Some(status) = self.child.0.try_wait()? {
                anyhow::bail!("the agent ended with {status}\n{}", self.log());
            }
            Ok(self.scratch.socket().exists().then_some(()))
        })?;
        Connection::open(&self.scratch.socket(), &self.scratch.log())
    }

    /// Whether it has not ended.
    pub fn is_running(&mut self) -> Result<bool> {
        Ok(self.child.0.try_wait()?.is_none())
    }

    /// Whether all its threads wait for something; one that runs or could run is in state R, see proc(5).
    pub fn is_waiting(&self) -> Result<bool> {
        for task in fs::read_dir(format!("/proc/{}/task", self.pid()))? {
            // A thread that has ended since it was listed has no such file any more.
            let stat = fs::read_to_string(task?.path().join("stat")).unwrap_or_default();
            if stat.rsplit_once(')').is_some_and(|(_, rest)| rest.starts_with(" R")) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What it wrote to its standard output and error.
    pub fn log(&self) -> String {
        fs::read(self.scratch.log()).map_or_else(
            |error| format!("the log cannot be read: {error}"),
            |log| String::from_utf8_lossy(&log).into_owned(),
        )
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let pid = Pid::from_raw(i32::try_from(self.child.0.id())?);
        kill(pid, signal).with_context(|| format!("cannot send {signal} to the agent"))
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        self.child.wait()
    }

    /// Ends it as a service manager does and waits for the end.
    pub fn stop(&mut self) -> Result<ExitStatus> {
        self.signal(Signal::SIGTERM)?;
        self.wait()
    }

    /// Ends it and starts it again in the same directories.
    pub fn restart(&mut self) -> Result<()> {
        if self.is_running()? {
            self.stop()?;
        }
        // An agent that was ended leaves its socket behind, which would look like the new agent's.
        if self.scratch.socket().exists() {
            fs::remove_file(self.scratch.socket())?;
        }
        self.child = self.start.spawn(&self.scratch)?;
        Ok(())
    }
}

/// How a run came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// Its standard output, with `ARGV0` for the program's path and `@SCRATCH@` for the scratch directory.
    pub output: String,
    /// Its standard error, likewise.
    pub errors: String,
}

#[derive(Debug)]
struct KilledOnDrop(Child);

impl KilledOnDrop {
    fn wait(&mut self) -> Result<ExitStatus> {
        wait_until("the end of the agent", || Ok(self.0.try_wait()?))
    }
}

impl Drop for KilledOnDrop {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill, and only the waiting counts.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
