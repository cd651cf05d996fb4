use super::*;
use std::time::{Duration, Instant};

fn run(program: &str, arguments: &[&str]) -> Result<(), String> {
    SystemPrograms.run(&Helper::new("test", program, arguments)).map_err(|failure| failure.to_string())
}

fn sh(script: &str) -> Result<(), String> {
    run("/bin/sh", &["-c", script])
}

#[test]
fn a_program_that_ends_with_0_has_worked_whatever_it_wrote() {
    assert_eq!(sh("echo all is well"), Ok(()));
}

#[test]
fn the_error_tells_both_streams_in_the_order_of_writing() {
    let told = "child process has failed to test: one\ntwo\nthree\n";
    assert_eq!(sh("echo one; echo two >&2; echo three; exit 3"), Err(told.to_owned()));
}

#[test]
fn the_error_of_a_silent_program_tells_its_status() {
    assert_eq!(sh("exit 7"), Err("child process has failed to test: exit status 7".to_owned()));
}

#[test]
fn a_killed_program_is_told_as_such() {
    let told = "child process has terminated abnormally".to_owned();
    assert_eq!(sh("kill -9 $$"), Err(told.clone()));
    assert_eq!(sh("echo dying; kill -9 $$"), Err(told + ": dying\n"));
}

#[test]
fn a_program_that_is_not_there_is_told_as_the_reference_does() {
    let told = "child process has failed to test: failed to exec '/no/such': No such file or directory\n";
    assert_eq!(run("/no/such", &[]), Err(told.to_owned()));
    let told = "child process has failed to test: failed to exec '/dev/null': Permission denied\n";
    assert_eq!(run("/dev/null", &[]), Err(told.to_owned()));
}

#[test]
fn a_name_is_looked_for_in_path() {
    assert_eq!(run("true", &[]), Ok(()));
}

#[test]
fn input_reaches_the_program() {
    let input = b"user:secret\n".repeat(20_000);
    let helper = Helper { input, ..Helper::new("test", "/bin/sh", &["-c", "test $(wc -c) = 240000"]) };
    SystemPrograms.run(&helper).unwrap();
    SystemPrograms.run(&Helper { input: b"unread".to_vec(), ..Helper::new("test", "true", &[]) }).unwrap();
}

#[test]
fn without_input_there_is_nothing_to_read() {
    assert_eq!(sh("test -z \"$(cat)\""), Ok(()));
}

#[test]
fn the_child_leads_a_session() {
    assert_eq!(sh("set -- $(cat /proc/self/stat); test $6 = $$"), Ok(()));
}

#[test]
fn the_child_inherits_no_descriptor() {
    let directory = tempfile::tempdir().unwrap();
    let _open = File::create(directory.path().join("ours")).unwrap();
    assert_eq!(sh("test $(readlink /proc/self/fd/* | grep -c /ours) = 0"), Ok(()));
}

#[test]
fn a_broken_pipe_ends_the_child_as_usual() {
    assert_eq!(sh("kill -PIPE $$; exit 0"), Err("child process has terminated abnormally".to_owned()));
}

#[test]
fn much_output_is_cut_and_blocks_nobody() {
    let told = sh("head -c 1000000 /dev/zero | tr '\\0' x; exit 1").unwrap_err();
    assert_eq!(told.len(), "child process has failed to test: ".len() + MOST_OUTPUT);
}

#[test]
fn what_the_child_leaves_running_is_not_waited_for() {
    let pid_file = tempfile::NamedTempFile::new().unwrap();
    let script = format!("echo gone; sleep 60 & echo $! > {}; exit 1", pid_file.path().display());
    let begin = Instant::now();
    assert_eq!(sh(&script), Err("child process has failed to test: gone\n".to_owned()));
    assert!(begin.elapsed() < Duration::from_secs(30));
    let sleeper: i32 = std::fs::read_to_string(pid_file.path()).unwrap().trim().parse().unwrap();
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(sleeper), nix::sys::signal::Signal::SIGKILL).unwrap();
}

#[test]
fn a_program_that_takes_too_long_is_killed_with_what_it_started() {
    let limit = Some(Duration::from_secs(2));
    let outputs = ["", "exec >/dev/null 2>&1; "];
    for output in outputs {
        let script = format!("echo begun; {output}sleep 600 & sleep 600");
        let helper = Helper { limit, ..Helper::new("test", "/bin/sh", &["-c", &script]) };
        let begin = Instant::now();
        let failure = SystemPrograms.run(&helper).unwrap_err();
        assert_eq!(failure.to_string(), "child process has failed to test: killed after 2 seconds: begun\n");
        assert_eq!(failure.last_line(), Some("begun"));
        assert!(begin.elapsed() < Duration::from_secs(300));
    }
}

#[test]
fn a_program_that_ends_in_time_is_not_touched() {
    let limit = Some(Duration::from_secs(300));
    let helper = Helper { limit, ..Helper::new("test", "/bin/sh", &["-c", "exec >&- 2>&-; sleep 0.1"]) };
    SystemPrograms.run(&helper).unwrap();
}
