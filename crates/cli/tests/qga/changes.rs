//! What changes a guest, on guests made up for the purpose.

use crate::fake::{Answer, Fake};
use std::fs;
use std::io::Write;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

/// A guest that does all it is told, without an answer to what is only answered when it fails.
fn obedient() -> Fake {
    Fake::new(|name, _| match name {
        "guest-shutdown" | "guest-suspend-ram" | "guest-suspend-disk" | "guest-suspend-hybrid" => {
            Answer::Silence
        }
        "guest-get-time" => Answer::Return("1700000000000000000"),
        "guest-set-vcpus" => Answer::Return("2"),
        "guest-get-vcpus" => Answer::Return("[]"),
        "guest-ssh-get-authorized-keys" => {
            Answer::Return("{\"keys\": [\"ssh-ed25519 AAAA me\", \"\\u001b[2J\"]}")
        }
        _ => Answer::Return("{}"),
    })
}

fn arguments(guest: &Fake, name: &str) -> String {
    let requests = guest.requests();
    let line = requests.iter().rfind(|line| line.contains(name)).unwrap();
    line.split_once("\"arguments\": ").unwrap().1.trim_end_matches('}').to_owned() + "}"
}

#[test]
fn the_clock_is_set_to_what_was_asked_for() {
    let guest = obedient();
    let ended = guest.qga(&["time", "--set", "2023-11-14T22:13:20Z"]);
    assert_eq!(arguments(&guest, "set-time"), "{\"time\": 1700000000000000000}");
    assert!(ended.output.starts_with("2023-11-14 22:13:20 UTC, "), "{ended:?}");
    guest.qga(&["time", "--set", "rtc"]);
    assert_eq!(arguments(&guest, "set-time"), "{}");
    assert_eq!(guest.qga(&["time", "--set", "soon"]).code, Some(2));
}

#[test]
fn processors_are_asked_for_until_all_are_done() {
    let guest = obedient();
    assert_eq!(guest.qga(&["cpus", "--offline", "1-3,7"]).code, Some(0));
    assert_eq!(guest.names(), ["guest-set-vcpus", "guest-set-vcpus", "guest-get-vcpus"]);
    let processor = |number| format!("{{\"online\": false, \"logical-id\": {number}}}");
    let first = format!("[{}, {}, {}, {}]", processor(1), processor(2), processor(3), processor(7));
    assert!(guest.requests()[0].contains(&first), "{:?}", guest.requests());
    assert!(guest.requests()[1].contains(&format!("[{}, {}]", processor(3), processor(7))));
    let liar = Fake::new(|_, _| Answer::Return("0"));
    assert_eq!(liar.qga(&["cpus", "--online", "1"]).code, Some(1));
}

#[test]
fn stopping_and_suspending_send_the_mode_and_expect_no_answer() {
    let guest = obedient();
    for (verb, mode) in [("shutdown", "powerdown"), ("reboot", "reboot"), ("halt", "halt")] {
        assert_eq!(guest.qga(&[verb]).code, Some(0));
        assert_eq!(arguments(&guest, "guest-shutdown"), format!("{{\"mode\": \"{mode}\"}}"));
    }
    for kind in ["ram", "disk", "hybrid"] {
        assert_eq!(guest.qga(&["suspend", kind]).code, Some(0));
        assert!(guest.requests().iter().any(|line| line.contains(&format!("guest-suspend-{kind}"))));
    }
    let refusing = Fake::new(|_, _| Answer::Error("not now"));
    for verb in [&["shutdown"][..], &["suspend", "ram"]] {
        let ended = refusing.qga(verb);
        assert_eq!((ended.code, &*ended.errors), (Some(1), "qga: not now\n"));
    }
}

#[test]
fn waiting_sees_the_guest_go_and_come_back() {
    for verb in ["shutdown", "reboot"] {
        let place = tempfile::TempDir::new().unwrap();
        let there = place.path().join("socket");
        let away = there.clone();
        let guest = Fake::new(move |_, _| {
            let (there, gone) = (fs::read_link(&away).unwrap(), away.with_extension("gone"));
            fs::rename(&away, &gone).unwrap();
            let back = away.clone();
            // A guest that restarts is back after a while.
            thread::spawn(move || {
                thread::sleep(Duration::from_millis(500));
                std::os::unix::fs::symlink(there, back).unwrap();
            });
            Answer::Gone
        });
        std::os::unix::fs::symlink(guest.socket(), &there).unwrap();
        let address = there.display().to_string();
        let ended = guest.qga(&["-c", &address, verb, "--wait", "--max", "60"]);
        let expected = "The guest is off: its channel is closed.\n";
        let back = if verb == "reboot" { "The agent is back.\n" } else { "" };
        assert_eq!((ended.code, ended.errors), (Some(0), format!("{expected}{back}")));
    }
}

#[test]
fn a_guest_that_does_not_go_is_not_waited_for_for_ever() {
    let ended = obedient().qga(&["shutdown", "--wait", "--max", "0.5"]);
    assert_eq!((ended.code, &*ended.errors), (Some(4), "qga: the agent still answers after 0.5 s\n"));
}

#[test]
fn a_password_comes_from_standard_input_and_never_from_an_argument() {
    let guest = obedient();
    let run = |input: &[u8], more: &[&str]| {
        let mut command = guest.command();
        let mut child = command
            .args(["passwd", "root"])
            .args(more)
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        child.wait().unwrap().code()
    };
    assert_eq!(run(b"secret\nmore", &[]), Some(0));
    let expected = "{\"username\": \"root\", \"password\": \"c2VjcmV0\", \"crypted\": ";
    assert_eq!(arguments(&guest, "set-user-password"), format!("{expected}false}}"));
    assert_eq!(run(b"secret", &["--crypted"]), Some(0));
    assert_eq!(arguments(&guest, "set-user-password"), format!("{expected}true}}"));
    assert_eq!(run(b"\n", &[]), Some(2));
    assert_eq!(run(b"", &["secret"]), Some(2));
}

#[test]
fn keys_are_listed_added_and_removed() {
    let guest = obedient();
    assert_eq!(guest.qga(&["keys", "me", "list"]).output, "ssh-ed25519 AAAA me\n\\u{1b}[2J\n");
    assert_eq!(guest.qga(&["keys", "me", "add", "--reset", "ssh-x A", " ssh-x B\n"]).code, Some(0));
    let expected = "{\"username\": \"me\", \"keys\": [\"ssh-x A\", \"ssh-x B\"], \"reset\": true}";
    assert_eq!(arguments(&guest, "ssh-add"), expected);
    assert_eq!(guest.qga(&["keys", "me", "remove", "ssh-x A"]).code, Some(0));
    assert_eq!(arguments(&guest, "ssh-remove"), "{\"username\": \"me\", \"keys\": [\"ssh-x A\"]}");
    assert_eq!(guest.qga(&["keys", "me", "add"]).code, Some(2));
}

#[test]
fn programs_are_told_as_an_agent_tells_that_it_is_done() {
    let guest = obedient();
    for verb in [&["suspend", "ram"][..], &["keys", "me", "add", "x"], &["keys", "me", "remove", "x"]] {
        let words: Vec<_> = ["--json", "--timeout", "0.3"].iter().chain(verb).copied().collect();
        let ended = guest.qga(&words);
        assert_eq!((ended.code, &*ended.output, &*ended.errors), (Some(0), "{}\n", ""), "{verb:?}");
    }
}
