//! Guests that mean harm: no verb hangs, crashes or lets them at the terminal.

use crate::fake::{Answer, Fake};
use crate::liar::Liar;
use crate::run::{Ended, ended};
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
        b"{\"return\": \"\x9b31m\xc2\x9b31m\xe2\x80\xae\"}\n",
        b"{\"error\": {\"class\": \"X\", \"desc\": \"\x9b31m\xc2\x85\xe2\x81\xa6\"}}\n",
        b"{\"return\": {}, \"id\": 99}\n{\"return\": 1}\n",
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

const HARM: &str = r#""\u001b[2J\u009b31m\u202e\u2066\r\nx\u0000""#;
/// The same in base64.
const HARMFUL_BYTES: &str = "\"G1sySsKbMzFt4oCu4oGmDQp4AA==\"";

const LIARS: &[Liar] = &[
    Liar { text: HARM, bytes: HARMFUL_BYTES, int: i64::MIN, uint: u64::MAX, number: "-1e308", flag: true },
    Liar { text: HARM, bytes: "\"***\"", int: i64::MAX, uint: 0, number: "1e308", flag: true },
    Liar { text: "\"\"", bytes: "\"\"", int: -1, uint: 1, number: "-0.0", flag: false },
    Liar { text: HARM, bytes: HARMFUL_BYTES, int: 0, uint: 1 << 63, number: "5", flag: true },
];

#[test]
fn no_verb_hangs_crashes_or_lets_a_hostile_guest_at_the_terminal() {
    let answers = answers().into_iter().map(|answer| {
        let shown = answer.iter().take(60).copied().collect::<Vec<_>>().escape_ascii().to_string();
        (shown, Fake::new(move |_, _| Answer::Bytes(answer.clone())))
    });
    assert_no_harm(&answers.collect::<Vec<_>>());
}

#[test]
fn no_verb_believes_a_liar_so_that_it_does_harm() {
    let liars = LIARS.iter().map(|liar| {
        (format!("{liar:?}"), Fake::new(|name, _| Answer::Bytes(liar.answer(name).into_bytes())))
    });
    assert_no_harm(&liars.collect::<Vec<_>>());
}

#[test]
fn no_verb_is_ended_by_a_novel_in_the_place_of_a_name() {
    // Longer than a width of a format may be.
    let text = Box::leak(format!("\"{}\"", "x".repeat(70_000)).into_boxed_str());
    let liar = Liar { text, ..LIARS[3] };
    assert_no_harm(&[(
        "a novel".to_owned(),
        Fake::new(move |name, _| Answer::Bytes(liar.answer(name).into_bytes())),
    )]);
}

#[test]
fn no_verb_waits_for_a_handshake_that_never_ends() {
    let garbage: [&[u8]; 4] =
        [b"\xff{\"return\": 1}\n", b"{\"return\": 1}\n", &b"x".repeat(100_000), b"\xff\x1b[2J\xff"];
    let guests = garbage.iter().map(|bytes| {
        let bytes = bytes.to_vec();
        (
            bytes.iter().take(20).copied().collect::<Vec<_>>().escape_ascii().to_string(),
            Fake::without_handshake(bytes),
        )
    });
    assert_no_harm(&guests.collect::<Vec<_>>());
}

fn assert_no_harm(guests: &[(String, Fake)]) {
    let failures: Vec<String> = thread::scope(|scope| {
        let tries: Vec<_> =
            guests.iter().map(|(shown, guest)| scope.spawn(move || try_all(shown, guest))).collect();
        tries.into_iter().flat_map(|one| one.join().unwrap()).collect()
    });
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn try_all(shown: &str, guest: &Fake) -> Vec<String> {
    let mut failures = Vec::new();
    for verb in VERBS {
        let mut command = guest.command();
        command.args(["--timeout", "0.2"]).args(*verb).env("EDITOR", "true").env_remove("VISUAL");
        let ended = ended(&mut command);
        let mut wrong = String::new();
        // A program of the guest has any code it likes.
        if !matches!(ended.code, Some(0..=4)) && (verb[0] != "exec" || ended.code == Some(101)) {
            write!(wrong, " the exit code;").unwrap();
        }
        if has_controls(verb[0], &ended) {
            write!(wrong, " control characters;").unwrap();
        }
        if ended.errors.contains("panicked") {
            write!(wrong, " a panic;").unwrap();
        }
        if !wrong.is_empty() {
            failures.push(format!("{verb:?} answered with {shown}:{wrong} {ended:?}"));
        }
    }
    failures
}

/// Bytes of files and programs go as they are to what is no terminal.
fn has_controls(verb: &str, ended: &Ended) -> bool {
    let passes_bytes_on = matches!(verb, "cat" | "tail" | "exec");
    let harmful = |character: char| {
        (character.is_control() && character != '\n')
            || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    (!passes_bytes_on && ended.output.contains(harmful)) || (verb != "exec" && ended.errors.contains(harmful))
}

#[test]
fn a_line_without_end_is_given_up() {
    let guest = Fake::new(|_, _| Answer::Bytes(vec![b'x'; 70 << 20]));
    let ended = guest.qga(&["ping"]);
    assert!(ended.errors.contains("breaks the protocol: a reply of more than"), "{ended:?}");
    assert_eq!(ended.code, Some(1));
}
