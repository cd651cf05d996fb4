//! Starting a program.

use super::pipes::CAPTURE_LIMIT;
use super::sys;
use crate::account::Account;
use crate::file::system_path;
use crate::spare;
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::unistd::{AccessFlags, access, pipe2};
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::iter;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// What glibc searches when there is no PATH at all; confstr(3), `_CS_PATH`.
const DEFAULT_PATH: &str = "/bin:/usr/bin";

/// A program to run.
#[derive(Debug)]
pub struct Program {
    /// As the host gave it: also the program's own `argv[0]`. Searched in PATH if it has no slash.
    pub path: String,
    /// What follows `argv[0]`.
    pub arguments: Vec<String>,
    /// The whole environment, usually as `NAME=VALUE`, and passed on as it is; the agent's own if `None`.
    pub environment: Option<Vec<String>>,
    /// What it reads from its standard input, which is empty if `None`.
    pub input: Option<Vec<u8>>,
    /// Which of its output is kept.
    pub capture: Capture,
}

/// How the owner of the guest has a program run.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The file to execute, in place of what the program's path would be found to mean.
    pub executable: Option<PathBuf>,
    /// Who runs it; the agent's own user if `None`.
    pub account: Option<Account>,
    /// How many bytes of each stream are kept; at most [`CAPTURE_LIMIT`].
    pub most_output: usize,
}

impl Default for Terms {
    fn default() -> Terms {
        Terms { executable: None, account: None, most_output: CAPTURE_LIMIT }
    }
}

/// Which output is kept; what is not goes to `/dev/null`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capture {
    /// Nothing.
    None,
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// Both, apart.
    Separated,
    /// Both as one stream in the order of writing, kept as standard output.
    Merged,
}

/// A program that runs, and our ends of its pipes.
pub(super) struct Spawned {
    pub(super) child: Child,
    pub(super) stdin: Option<File>,
    pub(super) stdout: Option<File>,
    pub(super) stderr: Option<File>,
}

/// Starts `program`. That it cannot be executed is known when this returns.
pub(super) fn spawn(program: &Program, terms: &Terms) -> io::Result<Spawned> {
    spare::leave(spare::BY_PROGRAMS)?;
    let executable = match &terms.executable {
        Some(executable) => executable.clone(),
        None => find(&program.path, program.environment.as_deref())?,
    };
    let account = terms.account.as_ref();
    match start(program, &executable, None, account) {
        // A script without an interpreter line: as execvp(3) does it.
        Err(error) if error.raw_os_error() == Some(Errno::ENOEXEC as i32) => {
            start(program, Path::new("/bin/sh"), Some(executable.as_os_str()), account)
        }
        result => result,
    }
}

fn start(
    program: &Program,
    executable: &Path,
    script: Option<&OsStr>,
    account: Option<&Account>,
) -> io::Result<Spawned> {
    let mut command = Command::new(executable);
    let arg0 = system_path(&program.path);
    let arguments: Vec<OsString> = program.arguments.iter().map(|it| system_path(it)).collect();
    command.arg0(&arg0).args(script).args(&arguments);
    if let Some(account) = account {
        command.envs([("USER", &account.name), ("LOGNAME", &account.name)]).env("HOME", &account.home);
        sys::as_account(&mut command, account);
    }
    if let Some(environment) = &program.environment {
        let arguments = iter::once(arg0.as_os_str()).chain(script).chain(arguments.iter().map(|it| &**it));
        sys::as_given(&mut command, executable, arguments, environment.iter().map(|it| system_path(it)))?;
    }
    let stdin = input(&mut command, program.input.is_some())?;
    let (stdout, stderr) = capture(&mut command, program.capture)?;
    Ok(Spawned { child: command.spawn()?, stdin, stdout, stderr })
}

fn input(command: &mut Command, given: bool) -> io::Result<Option<File>> {
    if !given {
        command.stdin(Stdio::null());
        return Ok(None);
    }
    let (theirs, ours) = pipe2(OFlag::O_CLOEXEC)?;
    command.stdin(theirs);
    Ok(Some(File::from(ours)))
}

fn capture(command: &mut Command, capture: Capture) -> io::Result<(Option<File>, Option<File>)> {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let (mut stdout, mut stderr) = (None, None);
    if matches!(capture, Capture::Stdout | Capture::Separated | Capture::Merged) {
        let (ours, theirs) = pipe2(OFlag::O_CLOEXEC)?;
        if capture == Capture::Merged {
            command.stderr(theirs.try_clone()?);
        }
        command.stdout(theirs);
        stdout = Some(File::from(ours));
    }
    if matches!(capture, Capture::Stderr | Capture::Separated) {
        let (ours, theirs) = pipe2(OFlag::O_CLOEXEC)?;
        command.stderr(theirs);
        stderr = Some(File::from(ours));
    }
    Ok((stdout, stderr))
}

/// Where a program is that is asked for by this path and with this environment. The directory is told without
/// links; the name in it is told as it is, as there are programs that are something else by each name.
pub fn locate(path: &str, environment: Option<&[String]>) -> io::Result<PathBuf> {
    real_directory(&find(path, environment)?)
}

/// The path with no links but its last name.
pub fn real_directory(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().filter(|_| path.is_absolute()).ok_or(Errno::ENOENT)?;
    Ok(fs::canonicalize(path.parent().unwrap_or(path))?.join(name))
}

/// The file to execute: searched as execvp(3) does, in the program's own PATH if it is given one.
fn find(path: &str, environment: Option<&[String]>) -> io::Result<PathBuf> {
    let path = system_path(path);
    if path.is_empty() {
        return Err(Errno::ENOENT.into());
    }
    if path.as_bytes().contains(&b'/') {
        return Ok(path.into());
    }
    let search = search_path(environment);
    let mut refused = Errno::ENOENT;
    for directory in env::split_paths(&search) {
        let candidate = directory.join(&path);
        match access(&candidate, AccessFlags::X_OK) {
            Ok(()) if candidate.is_file() => return Ok(candidate),
            Ok(()) | Err(Errno::EACCES) => refused = Errno::EACCES,
            Err(_) => {}
        }
    }
    Err(refused.into())
}

fn search_path(environment: Option<&[String]>) -> OsString {
    let given =
        environment.and_then(|environment| environment.iter().find_map(|it| it.strip_prefix("PATH=")));
    let own = || env::var_os("PATH").unwrap_or_else(|| DEFAULT_PATH.into());
    given.map_or_else(own, system_path)
}
