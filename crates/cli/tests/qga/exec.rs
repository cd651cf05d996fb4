//! Programs run in the guest.

use crate::fake::{Answer, Fake};
use crate::run::Guest;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use qga_testkit::wait_until;
use std::io::Write;
use std::process::Stdio;

#[test]
fn output_errors_and_exit_code_are_the_programs_own() {
    let guest = Guest::new();
    for (script, code) in [("exit 0", 0), ("exit 3", 3), ("kill -9 $$", 137)] {
        let script = format!("echo out; echo errors >&2; {script}");
        let ended = guest.qga(&["exec", "--", "sh", "-c", &script]);
        assert_eq!((ended.code, &*ended.output, &*ended.errors), (Some(code), "out\n", "errors\n"));
    }
    let missing = guest.qga(&["exec", "/nonexistent"]);
    assert!(missing.errors.starts_with("qga: "), "{missing:?}");
    assert_eq!(missing.code, Some(1));
}

#[test]
fn input_goes_to_the_program_when_wanted() {
    let guest = Guest::new();
    let mut child = guest
        .command()
        .args(["exec", "-i", "--", "cat"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"a\0\xff").unwrap();
    assert_eq!(child.wait_with_output().unwrap().stdout, b"a\0\xff");
    assert_eq!(guest.qga(&["exec", "cat"]).output, "");
}

#[test]
fn variables_are_set_and_a_path_is_always_there() {
    let guest = Guest::new();
    let ended =
        guest.qga(&["exec", "-e", "A=1 2", "-e", "B=", "--", "sh", "-c", "echo \"$A|$B|\"; ls / >/dev/null"]);
    assert_eq!((ended.code, &*ended.output), (Some(0), "1 2||\n"), "{ended:?}");
}

#[test]
fn for_programs_the_answer_comes_as_it_is() {
    let ended = Guest::new().qga(&["--json", "exec", "--", "sh", "-c", "echo out; exit 3"]);
    assert_eq!(
        ended.output,
        "{\"exitcode\": 3, \"out-data\": \"b3V0Cg==\", \"out-truncated\": false, \"exited\": true}\n",
        "{}",
        ended.errors
    );
    assert_eq!(ended.code, Some(3));
}

#[test]
fn a_program_that_takes_too_long_is_told_where_it_is() {
    let guest = Guest::new();
    let ended = guest.qga(&["--timeout", "3", "exec", "sleep", "30"]);
    assert!(
        ended.errors.starts_with("qga: sleep takes longer than 3 s; it runs in the guest as process "),
        "{ended:?}"
    );
    assert_eq!(ended.code, Some(4));
    let pid = ended.errors.trim_end().rsplit_once("kill ").unwrap().1.split(' ').next().unwrap().to_owned();
    assert_eq!(guest.qga(&["exec", "kill", &pid]).code, Some(0));
}

#[test]
fn an_interruption_says_what_goes_on_in_the_guest() {
    let guest = Fake::new(|name, _| match name {
        "guest-exec" => Answer::Return("{\"pid\": 4711}"),
        _ => Answer::Return("{\"exited\": false}"),
    });
    let child = guest.command().args(["exec", "backup"]).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("the first question", || Ok((guest.names().len() > 2).then_some(()))).unwrap();
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGINT).unwrap();
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("backup goes on: it runs in the guest as process 4711"), "{errors}");
    assert_eq!(output.status.code(), Some(130));
}

#[test]
fn output_that_is_no_base64_and_endings_that_cannot_be_are_no_success() {
    let cases = [
        "{\"exited\": true, \"exitcode\": 0, \"out-data\": \"***\"}",
        "{\"exited\": true}",
        "{\"exited\": true, \"exitcode\": 256}",
        "{\"exited\": true, \"signal\": 9223372036854775807}",
    ];
    for status in cases {
        let guest = Fake::new(move |name, _| {
            Answer::Return(if name == "guest-exec" { "{\"pid\": 1}" } else { status })
        });
        assert_eq!(guest.qga(&["exec", "x"]).code, Some(1), "{status}");
    }
}

#[test]
fn a_program_that_nobody_hears_of_any_more_is_told_with_its_process() {
    let ends: [(fn() -> Answer, i32); 3] =
        [(|| Answer::Silence, 4), (|| Answer::Gone, 3), (|| Answer::Error("who?"), 1)];
    for (end, code) in ends {
        let guest = Fake::new(move |name, _| match name {
            "guest-exec" => Answer::Return("{\"pid\": 4711}"),
            _ => end(),
        });
        let ended = guest.qga(&["--timeout", "0.3", "exec", "backup"]);
        let start = "qga: backup was started in the guest as process 4711, and may go on: ";
        assert!(ended.errors.starts_with(start), "{ended:?}");
        assert_eq!(ended.code, Some(code));
    }
    let silent = Fake::new(|_, _| Answer::Silence).qga(&["--timeout", "0.3", "exec", "backup"]);
    assert!(silent.errors.starts_with("qga: backup may have been started in the guest: "), "{silent:?}");
    assert_eq!(silent.code, Some(4));
}
