//! Freezing: whatever happens, the guest is thawed in the end.

use crate::fake::{Answer, Fake};
use crate::run::Ended;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use qga_testkit::wait_until;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

const FREEZE: &str = "guest-fsfreeze-freeze";
const THAW: &str = "guest-fsfreeze-thaw";

fn guest() -> Fake {
    Fake::new(usual)
}

fn usual(name: &str, _line: &str) -> Answer {
    match name {
        "guest-fsfreeze-status" => Answer::Return("\"thawed\""),
        "guest-fsfreeze-freeze" | "guest-fsfreeze-freeze-list" | "guest-fsfreeze-thaw" => Answer::Return("3"),
        "guest-fstrim" => {
            Answer::Return("{\"paths\": [{\"path\": \"/\", \"trimmed\": 2048, \"minimum\": 0}]}")
        }
        _ => Answer::Error("unheard of"),
    }
}

fn assert_thawed(guest: &Fake) {
    let names = guest.names();
    let at = |name| names.iter().rposition(|asked| asked == name);
    assert!(at(THAW) > at(FREEZE) && at(FREEZE).is_some(), "{names:?}");
}

#[test]
fn the_guest_stands_still_while_the_command_runs() {
    let guest = guest();
    for (script, code) in [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 137)] {
        let ended = guest.qga(&["freeze", "--", "sh", "-c", script]);
        assert_eq!(ended.code, Some(code), "{ended:?}");
        assert!(ended.errors.starts_with("The guest stood still for 0."), "{ended:?}");
        assert_eq!(guest.names()[guest.names().len() - 3..], ["guest-fsfreeze-status", FREEZE, THAW]);
    }
}

#[test]
fn a_command_that_fails_or_is_not_there_leaves_the_guest_thawed() {
    for (command, code) in [("false", 1), ("/nonexistent/program", 1)] {
        let guest = guest();
        assert_eq!(guest.qga(&["freeze", "--", command]).code, Some(code));
        assert_thawed(&guest);
    }
}

#[test]
fn a_command_that_takes_too_long_leaves_the_guest_thawed() {
    let guest = guest();
    let ended = guest.qga(&["freeze", "--max", "0.3s", "--", "sleep", "600"]);
    assert!(ended.errors.contains("sleep took longer than 0.3 s; the guest was thawed"), "{ended:?}");
    assert_eq!(ended.code, Some(4));
    assert_thawed(&guest);
}

#[test]
fn an_interruption_leaves_the_guest_thawed() {
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let guest = guest();
        let started = guest.path().join("started");
        let script = format!("touch {}; exec sleep 600", started.display());
        let child = spawn(guest.command().args(["freeze", "--", "sh", "-c", &script]));
        wait_until("the command", || Ok(started.exists().then_some(()))).unwrap();
        let ended = interrupted(child, signal);
        assert!(ended.errors.contains("interrupted; thawing the guest"), "{ended:?}");
        assert_eq!(ended.code, Some(130));
        assert_thawed(&guest);
    }
}

#[test]
fn an_interruption_in_mid_freeze_leaves_the_guest_thawed_and_runs_nothing() {
    let go = tempfile::TempDir::new().unwrap();
    let gone = go.path().join("go");
    let guest = Fake::new(move |name, line| {
        if name == FREEZE {
            wait_until("the interruption", || Ok(gone.exists().then_some(()))).unwrap();
        }
        usual(name, line)
    });
    let ran = guest.path().join("ran");
    let mut child = spawn(guest.command().args(["freeze", "--", "touch"]).arg(&ran));
    wait_until("the freeze", || Ok(guest.names().contains(&FREEZE.to_owned()).then_some(()))).unwrap();
    signal(&child, Signal::SIGINT);
    // The answer comes only when the interruption was noticed.
    let mut errors = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("interrupted") {
        assert_ne!(std::io::BufRead::read_line(&mut errors, &mut line).unwrap(), 0);
    }
    std::fs::write(go.path().join("go"), "").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_thawed(&guest);
    assert!(!ran.exists());
}

#[test]
fn a_freeze_that_is_not_answered_is_followed_by_a_thaw() {
    let guest = Fake::new(|name, line| if name == FREEZE { Answer::Silence } else { usual(name, line) });
    let ended = guest.qga(&["--timeout", "0.3", "freeze", "--", "true"]);
    assert!(ended.errors.contains("true was not run: "), "{ended:?}");
    assert_eq!(ended.code, Some(4));
    assert_thawed(&guest);
}

#[test]
fn a_thaw_that_is_not_answered_is_tried_again() {
    let tried = AtomicU32::new(0);
    let guest = Fake::new(move |name, line| match name {
        THAW if tried.fetch_add(1, Ordering::Relaxed) == 0 => Answer::Gone,
        _ => usual(name, line),
    });
    let ended = guest.qga(&["freeze", "--", "true"]);
    assert!(ended.errors.contains("trying again"), "{ended:?}");
    assert_eq!((ended.code, guest.names().last().map(String::as_str)), (Some(0), Some(THAW)));
}

#[test]
fn a_guest_that_cannot_be_thawed_is_told_loudly() {
    let guest = Fake::new(|name, line| if name == THAW { Answer::Error("no") } else { usual(name, line) });
    let ended = guest.qga(&["freeze", "--", "true"]);
    assert!(ended.errors.contains("may still stand still"), "{ended:?}");
    assert_eq!(ended.code, Some(1));
}

#[test]
fn a_guest_that_did_not_stand_still_to_the_end_is_no_success() {
    let guest = Fake::new(|name, line| if name == THAW { Answer::Return("0") } else { usual(name, line) });
    let ended = guest.qga(&["freeze", "--", "true"]);
    assert!(ended.errors.contains("qga: the guest was thawed before true was done"), "{ended:?}");
    assert_eq!(ended.code, Some(1));
}

#[test]
fn for_programs_there_is_a_report_and_nothing_else() {
    let ended = guest().qga(&["freeze", "--json", "--", "sh", "-c", "echo snapshot; exit 7"]);
    assert!(ended.output.starts_with("{\"frozen\": 3, \"seconds\": 0."), "{ended:?}");
    assert!(ended.output.ends_with(", \"code\": 7}\n"), "{ended:?}");
    assert_eq!((ended.code, &*ended.errors), (Some(7), "snapshot\n"));
}

#[test]
fn where_nothing_can_be_frozen_or_all_is_already_nothing_is_run() {
    let nothing =
        Fake::new(|name, line| if name == FREEZE { Answer::Return("0") } else { usual(name, line) });
    let refused =
        Fake::new(|name, line| if name == FREEZE { Answer::Error("no") } else { usual(name, line) });
    let already = Fake::new(|name, line| match name {
        "guest-fsfreeze-status" => Answer::Return("\"frozen\""),
        _ => usual(name, line),
    });
    for (guest, word) in
        [(nothing, "can be frozen"), (refused, "true was not run: no"), (already, "frozen already")]
    {
        let ended = guest.qga(&["freeze", "--", "true"]);
        assert!(ended.errors.contains(word), "{ended:?}");
        assert_eq!(ended.code, Some(1));
    }
}

#[test]
fn without_a_command_it_is_one_step_at_a_time() {
    let guest = guest();
    assert_eq!(guest.qga(&["freeze", "/mnt", "/srv"]).output, "3 filesystems stand still until qga thaw.\n");
    let arguments = "{\"mountpoints\": [\"/mnt\", \"/srv\"]}";
    assert!(guest.requests()[0].contains(arguments), "{:?}", guest.requests());
    assert_eq!(guest.qga(&["thaw", "--json"]).output, "3\n");
    assert_eq!(guest.qga(&["status"]).output, "The guest's filesystems are thawed.\n");
    assert_eq!(guest.qga(&["status", "--json"]).output, "\"thawed\"\n");
    assert!(guest.qga(&["trim"]).output.contains("/           2.00 KiB"));
}

fn spawn(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn signal(child: &Child, signal: Signal) {
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), signal).unwrap();
}

fn interrupted(child: Child, with: Signal) -> Ended {
    signal(&child, with);
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code(), output: text(output.stdout), errors: text(output.stderr) }
}
