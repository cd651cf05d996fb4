//! Guests that mean harm: no verb hangs, crashes or lets them at the terminal.

use crate::fake::{Answer, Fake};
use crate::run::Ended;
use std::fmt::Write;
use std::thread;

/// Every verb that asks a guest, with arguments.
const VERBS: &[&[&str]] = &[
    &["ping"],
    &["info"],
    &["info", "--json"],
    &["os"],
    &["hostname"],
    &["users"],
    &["net"],
    &["routes"],
    &["fs"],
    &["disks"],
    &["cpus"],
    &["cpus", "--online", "1"],
    &["load"],
    &["stats"],
    &["memory"],
    &["time"],
    &["time", "--set", "now"],
    &["shutdown"],
    &["reboot", "--wait", "--max", "0.2"],
    &["suspend", "ram"],
    &["keys", "root", "list"],
    &["keys", "root", "add", "x"],
    &["call", "guest-x"],
    &["cat", "/etc/passwd"],
    &["top", "--interval", "0.01"],
    &["commands"],
    &["schema"],
    &["repl"],
    &["doctor"],
    &["tail", "/etc/passwd"],
    &["write", "/tmp/x"],
    &["edit", "/tmp/x"],
    &["cp", "guest:/tmp/x", "/dev/null"],
    &["cp", "-r", "guest:/tmp/x", "/nonexistent/x"],
    &["cp", "/etc/hostname", "guest:/tmp/x"],
    &["exec", "true"],
    &["freeze"],
    &["freeze", "--", "true"],
    &["thaw"],
    &["status"],
    &["trim"],
];

fn answers() -> Vec<Vec<u8>> {
    let mut answers: Vec<Vec<u8>> = [
        &b"\x00\x01\x02garbage\n"[..],
        b"\x1b[2J\x1b]0;mine\x07\n",
        b"{\"return\": \"\x1b[2J\"}\n",
        b"{\"return\": \"\\u001b]0;mine\\u0007\\u009b\\u202e\"}\n",
        b"{\"error\": {\"class\": \"\\u001b[31m\", \"desc\": \"\\u001b[31m\\r\\n\\u202e\"}}\n",
        b"{\"return\": [[[[]]]]}\n",
        b"{\"return\": -1}\n",
        b"{\"return\": {\"pid\": -9223372036854775808}}\n",
        b"{\"return\": [{\"name\": 5}]}\n",
        b"\xff\xff{\"return\": 1}\n",
        b"[]\n{}\n{\"return\": {}}\n{\"return\": {}}\n",
        b"",
    ]
    .iter()
    .map(|bytes| bytes.to_vec())
    .collect();
    answers.push([b"{\"return\": ", &*b"[".repeat(100_000), b"\n"].concat());
    answers
}

#[test]
fn no_verb_hangs_crashes_or_lets_a_hostile_guest_at_the_terminal() {
    let failures: Vec<String> = thread::scope(|scope| {
        let tries: Vec<_> = answers().into_iter().map(|answer| scope.spawn(|| try_all(answer))).collect();
        tries.into_iter().flat_map(|one| one.join().unwrap()).collect()
    });
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn try_all(answer: Vec<u8>) -> Vec<String> {
    let shown = answer.iter().take(60).copied().collect::<Vec<_>>().escape_ascii().to_string();
    let guest = Fake::new(move |_, _| Answer::Bytes(answer.clone()));
    let mut failures = Vec::new();
    for verb in VERBS {
        let arguments = [&["--timeout", "0.2"], *verb].concat();
        let ended = guest.qga(&arguments);
        let mut wrong = String::new();
        if !matches!(ended.code, Some(0..=4)) {
            write!(wrong, " the exit code;").unwrap();
        }
        if has_controls(&ended) {
            write!(wrong, " control characters;").unwrap();
        }
        if !wrong.is_empty() {
            failures.push(format!("{verb:?} answered with {shown}:{wrong} {ended:?}"));
        }
    }
    failures
}

fn has_controls(ended: &Ended) -> bool {
    let harmful = |character: char| (character.is_control() && character != '\n') || character == '\u{202e}';
    ended.output.contains(harmful) || ended.errors.contains(harmful)
}

#[test]
fn a_line_without_end_is_given_up() {
    let guest = Fake::new(|_, _| Answer::Bytes(vec![b'x'; 70 << 20]));
    let ended = guest.qga(&["ping"]);
    assert!(ended.errors.contains("breaks the protocol: a reply of more than"), "{ended:?}");
    assert_eq!(ended.code, Some(1));
}
