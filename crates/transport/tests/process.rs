//! What needs a process of its own: the echo example is started and talked to.
#![cfg(test)]
#![cfg(target_os = "linux")]

use std::fs;
use std::io::{self, Read, Write};
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// A running echo, ended with the test.
struct Echo(Child);

impl Drop for Echo {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// The example beside this test in the build directory.
fn echo_program() -> PathBuf {
    let build = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().to_owned();
    build.join("examples/echo")
}

/// Runs `script` in a shell, where `"$@"` is echo that listens at `path`.
fn shell(script: &str, path: &Path) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh"]).arg(echo_program()).arg("unix-listen").arg(path);
    command
}

/// Starts echo with `socket` passed as descriptor 3.
fn activated(socket: impl Into<OwnedFd>, variables: &str) -> Command {
    let script = format!("export {variables}; exec \"$1\" 3<&0 </dev/null");
    let mut command = shell(&script, Path::new("not used"));
    command.stdin(Stdio::from(socket.into()));
    command
}

fn connect(path: &Path) -> UnixStream {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match UnixStream::connect(path) {
            Ok(stream) => {
                stream.set_read_timeout(Some(PATIENCE)).unwrap();
                return stream;
            }
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
        thread::yield_now();
    }
}

fn assert_echoes(mut client: &UnixStream) {
    client.write_all(b"hello").unwrap();
    let mut answer = [0; 5];
    client.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"hello");
}

/// How long the threads of a process have been on a processor, and how often.
fn running(process: u32) -> (Duration, u64) {
    let mut sum = (Duration::ZERO, 0);
    for thread in fs::read_dir(format!("/proc/{process}/task")).unwrap() {
        let text = fs::read_to_string(thread.unwrap().path().join("schedstat")).unwrap();
        let [time, _, times] = text.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{text}") };
        sum.0 += Duration::from_nanos(time.parse().unwrap());
        sum.1 += times.parse::<u64>().unwrap();
    }
    sum
}

/// The process comes to rest: for half a second nothing wakes it.
fn assert_sleeps_on(echo: &Echo) {
    let rests = || {
        let before = running(echo.0.id());
        thread::sleep(Duration::from_millis(500));
        running(echo.0.id()) == before
    };
    assert!((0..10).any(|_| rests()), "something wakes it again and again");
}

fn refusal(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn an_idle_process_is_not_woken_with_and_without_clients() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("socket");
    let echo = Echo(shell("exec \"$@\"", &path).spawn().unwrap());
    let clients = [connect(&path), connect(&path)];
    clients.iter().for_each(assert_echoes);
    assert_sleeps_on(&echo);
    drop(clients);
    assert_sleeps_on(&echo);
}

#[test]
fn the_mode_of_the_socket_follows_the_umask() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("socket");
    let _echo = Echo(shell("umask 027; exec \"$@\"", &path).spawn().unwrap());
    assert_echoes(&connect(&path));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o750);
}

#[test]
fn clients_beyond_the_limit_of_descriptors_wait_for_others_to_leave() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("socket");
    let echo = Echo(shell("ulimit -n 6; exec \"$@\"", &path).stderr(Stdio::null()).spawn().unwrap());
    let served = [connect(&path), connect(&path)];
    served.iter().for_each(assert_echoes);
    let mut waiting = connect(&path);
    waiting.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    waiting.write_all(b"hello").unwrap();
    let (before, _) = running(echo.0.id());
    assert_eq!(waiting.read(&mut [0; 5]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    let (after, _) = running(echo.0.id());
    assert!(after < before + Duration::from_millis(20), "it does not pause");
    drop(served);
    waiting.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut answer = [0; 5];
    waiting.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"hello");
}

#[test]
fn a_passed_socket_is_served_and_the_arguments_are_not_needed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("socket");
    let socket = UnixListener::bind(&path).unwrap();
    socket.set_nonblocking(true).unwrap();
    let _echo = Echo(activated(socket, "LISTEN_PID=$$ LISTEN_FDS=1").spawn().unwrap());
    assert_echoes(&connect(&path));
}

#[test]
fn only_one_listening_socket_of_a_known_kind_may_be_passed() {
    let dir = tempfile::tempdir().unwrap();
    let unix = || UnixListener::bind(dir.path().join("socket")).unwrap();
    let two = activated(unix(), "LISTEN_PID=$$ LISTEN_FDS=2");
    assert_eq!(refusal(two), "qemu-ga only supports listening on one socket\n");
    let tcp = activated(TcpListener::bind("127.0.0.1:0").unwrap(), "LISTEN_PID=$$ LISTEN_FDS=1");
    assert_eq!(refusal(tcp), "unsupported listen fd type\n");
}

#[test]
fn a_socket_passed_to_another_process_is_not_ours() {
    for variables in ["LISTEN_PID=1 LISTEN_FDS=1", "LISTEN_FDS=1", "LISTEN_PID=$$ LISTEN_FDS=0"] {
        let dir = tempfile::tempdir().unwrap();
        let socket = UnixListener::bind(dir.path().join("socket")).unwrap();
        assert_eq!(refusal(activated(socket, variables)), "usage: echo METHOD PATH\n", "{variables}");
    }
}
