//! The program, from its command line to its exit code, with a real agent.
#![cfg(unix)]

#[cfg(test)]
#[path = "qga/changes.rs"]
mod changes;
#[cfg(test)]
#[path = "qga/copies.rs"]
mod copies;
#[cfg(test)]
#[path = "qga/exec.rs"]
mod exec;
#[cfg(test)]
#[path = "qga/fake.rs"]
mod fake;
#[cfg(test)]
#[path = "qga/files.rs"]
mod files;
#[cfg(test)]
#[path = "qga/freeze.rs"]
mod freeze;
#[cfg(test)]
#[path = "qga/hostile.rs"]
mod hostile;
#[cfg(test)]
#[path = "qga/liar.rs"]
mod liar;
#[cfg(test)]
#[path = "qga/run.rs"]
mod run;
#[cfg(test)]
#[path = "qga/tables.rs"]
mod tables;
#[cfg(test)]
#[path = "qga/targets.rs"]
mod targets;
#[cfg(test)]
#[path = "qga/terminal.rs"]
mod terminal;
#[cfg(test)]
#[path = "qga/tools.rs"]
mod tools;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use qga_testkit::program;
use run::{Guest, ended, qga};
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixListener;
use std::process::Stdio;
use tempfile::TempDir;

#[test]
fn ping_says_that_the_agent_answers() {
    let ended = Guest::new().qga(&["ping"]);
    assert!(ended.output.starts_with("The agent at unix:@SCRATCH@/"), "{ended:?}");
    assert_eq!((ended.code, &*ended.errors), (Some(0), ""));
}

#[test]
fn info_is_readable_without_colours_where_there_is_no_terminal() {
    let ended = Guest::new().qga(&["info"]);
    assert!(ended.output.starts_with("  Agent       "), "{ended:?}");
    assert!(ended.output.contains("\n  Clock       "), "{ended:?}");
}

#[test]
fn info_for_programs_has_the_answers_by_command() {
    let ended = Guest::new().qga(&["info", "--json"]);
    assert!(ended.output.starts_with("{\"guest-info\": {"), "{ended:?}");
    assert!(ended.output.contains("\"guest-get-time\": "), "{ended:?}");
}

#[test]
fn call_sends_anything_and_prints_the_answer() {
    let guest = Guest::new();
    let sync = ["call", "guest-sync", "{'id': 7}"];
    assert_eq!(guest.qga(&sync).output, "7\n");
    assert_eq!(guest.qga(&["--json", "call", "guest-ping"]).output, "{}\n");
}

#[test]
fn cat_prints_files_byte_for_byte() {
    let guest = Guest::new();
    let [first, second] =
        ["first", "second"].map(|name| guest.scratch().path().join(name).display().to_string());
    fs::write(&first, "a\u{1b}[31m\n").unwrap();
    fs::write(&second, "b").unwrap();
    assert_eq!(guest.qga(&["cat", &first, &second]).output, "a\u{1b}[31m\nb");
    let ended = guest.qga(&["cat", &first, "/nonexistent", &second]);
    assert!(ended.errors.ends_with("\nqga: 1 of 3 could not be printed\n"), "{ended:?}");
    assert_eq!((ended.code, &*ended.output), (Some(1), "a\u{1b}[31m\nb"));
}

#[test]
fn each_kind_of_failure_is_a_line_and_an_exit_code() {
    let guest = Guest::new();
    let cases: [(&[&str], i32, &str); 5] = [
        (&["cat", "/nonexistent"], 1, "qga: cannot print /nonexistent: failed to open file '/nonexistent'"),
        (&["call", "guest-no"], 1, "qga: The command guest-no has not been found; "),
        (&["call", "guest-ping", "[]"], 2, "qga: the arguments are no JSON object"),
        (&["-c", "tcp:x", "ping"], 2, "error: invalid value 'tcp:x'"),
        (&["-c", "unix:/nonexistent", "ping"], 3, "qga: cannot reach the agent at unix:/nonexistent: "),
    ];
    for (arguments, code, start) in cases {
        let ended = guest.qga(arguments);
        assert!(ended.errors.starts_with(start), "{ended:?}");
        assert_eq!((ended.code, &*ended.output), (Some(code), ""));
    }
    assert_eq!(ended(qga().arg("ping")).code, Some(2));
}

#[test]
fn a_guest_that_never_answers_times_out() {
    let directory = TempDir::new().unwrap();
    let socket = directory.path().join("silent.sock");
    let _listener = UnixListener::bind(&socket).unwrap();
    let ended = ended(qga().arg("-c").arg(socket).args(["--timeout", "0.1", "ping"]));
    assert!(ended.errors.contains("does not answer guest-sync-delimited within 0.1 s; "), "{ended:?}");
    assert_eq!(ended.code, Some(4));
}

#[test]
fn words_of_the_guest_cannot_drive_the_terminal() {
    let ended = Guest::new().qga(&["call", "\u{1b}[2J\u{9b}31m"]);
    assert!(ended.errors.contains("The command \\u{1b}[2J\\u{9b}31m has not been found"), "{ended:?}");
    assert!(!ended.errors.trim_end().contains(char::is_control), "{ended:?}");
}

#[test]
fn the_demo_shows_a_real_agent_and_leaves_nothing_behind() {
    let temporary = TempDir::new().unwrap();
    let ended =
        ended(qga().arg("demo").env("TMPDIR", temporary.path()).env("QGA_AGENT", program::ours().unwrap()));
    assert_eq!((ended.code, &*ended.errors), (Some(0), ""), "{ended:?}");
    assert!(ended.output.contains("the same, byte for byte"), "{ended:?}");
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
}

#[test]
fn an_interrupted_demo_leaves_nothing_behind() {
    let temporary = TempDir::new().unwrap();
    let mut demo = qga()
        .arg("demo")
        .env("TMPDIR", temporary.path())
        .env("QGA_AGENT", program::ours().unwrap())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(demo.stdout.take().unwrap()).lines();
    lines.find(|line| line.as_ref().is_ok_and(|line| line.starts_with("  Program"))).unwrap().unwrap();
    kill(Pid::from_raw(i32::try_from(demo.id()).unwrap()), Signal::SIGINT).unwrap();
    assert_eq!(demo.wait().unwrap().code(), Some(130));
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
}

#[test]
fn a_demo_whose_agent_does_not_start_says_why_and_leaves_nothing_behind() {
    let temporary = TempDir::new().unwrap();
    let ended = ended(qga().arg("demo").env("TMPDIR", temporary.path()).env("QGA_AGENT", "/bin/false"));
    assert!(ended.errors.starts_with("qga: /bin/false ended at once, exit status: 1"), "{ended:?}");
    assert_eq!(ended.code, Some(1));
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
}
