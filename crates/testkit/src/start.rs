//! How to start an agent.

use std::{
    fs::{self, File, OpenOptions},
    os::{
        fd::OwnedFd,
        unix::{net::UnixListener, process::CommandExt},
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result};

use crate::{Agent, Ended, Scratch, process::KilledOnDrop, program, scratch};

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
        Ok(Agent::new(child, scratch, self))
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

    pub(crate) fn spawn(&self, scratch: &Scratch) -> Result<KilledOnDrop> {
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
