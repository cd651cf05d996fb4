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
    let pids =
        ["12345", "678", "901", "2345678901234"].map(|output| run(&children, &format!("printf {output}")));
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
fn an_environment_is_passed_on_as_it_is() {
    let given = ["B=2", "A=1", "no name", "A=0", "=x", ""].map(str::to_owned).to_vec();
    let expected = given.join("\n") + "\n";
    for path in ["/usr/bin/env", "env"] {
        let (path, arguments, environment) = (path.to_owned(), Vec::new(), Some(given.clone()));
        let program = Program { path, arguments, environment, ..shell("", Capture::Stdout) };
        let children = Children::default();
        let pid = children.start(program, &Terms::default()).unwrap();
        assert_eq!(exited(ended(&children, pid)), (Exit::Code(0), expected.clone().into_bytes(), vec![]));
    }
}

#[test]
fn with_an_environment_a_program_that_cannot_be_executed_is_told_at_once_as_well() {
    let directory = tempfile::tempdir().unwrap();
    let script = directory.path().join("script");
    std::fs::write(&script, "echo $0 $1 $A").unwrap();
    let program = Program {
        path: script.to_str().unwrap().to_owned(),
        arguments: vec!["one".to_owned()],
        environment: Some(vec!["A=1".to_owned()]),
        ..shell("", Capture::Stdout)
    };
    let children = Children::default();
    let start = |program| children.start(program, &Terms::default());
    let refused = Program {
        environment: program.environment.clone(),
        path: "/etc".to_owned(),
        ..shell("", Capture::None)
    };
    assert_eq!(start(refused).unwrap_err().kind(), io::ErrorKind::PermissionDenied);
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let expected = format!("{} one 1\n", script.display());
    let pid = start(program).unwrap();
    assert_eq!(exited(ended(&children, pid)), (Exit::Code(0), expected.into_bytes(), vec![]));
}

#[test]
fn a_program_runs_as_another_user_or_not_at_all() {
    let children = Children::default();
    let account = SystemAccounts.find("nobody").unwrap();
    let expected = format!("{} {} {} {}\n", account.uid, account.gid, account.gid, account.home.display());
    let terms = Terms { account: Some(account), ..Terms::default() };
    let started = children.start(shell("echo $(id -u) $(id -g) $(id -G) $HOME", Capture::Stdout), &terms);
    if nix::unistd::geteuid().is_root() {
        let status = exited(ended(&children, started.unwrap()));
        assert_eq!(status, (Exit::Code(0), expected.into_bytes(), vec![]));
    } else {
        assert_eq!(started.unwrap_err().kind(), io::ErrorKind::PermissionDenied);
    }
}
