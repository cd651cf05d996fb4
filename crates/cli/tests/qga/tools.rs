//! What helps to find out about an agent: commands, schema, repl and doctor.

use crate::fake::{Answer, Fake};
use crate::run::{Ended, Guest, ended, qga};
use qga_testkit::program::reference_is_under_test;
use qga_wire::Declaration;
use qga_wire::list::COMMANDS;
use std::io::Write;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Command, Stdio};
use tempfile::TempDir;

#[test]
fn commands_are_listed_with_what_they_do() {
    let listed = Guest::new().qga(&["commands"]);
    let ours = |declaration: &&Declaration| declaration.name.starts_with("__org.qga_");
    let known = COMMANDS.iter().filter(|command| !reference_is_under_test() || !ours(command)).count();
    assert_eq!(listed.output.lines().count(), 1 + known, "{listed:?}");
    let line = |name: &str| {
        let mut lines =
            listed.output.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        lines.find(|line| line.starts_with(name)).unwrap_or_default()
    };
    assert_eq!(line("guest-ping "), "guest-ping yes 0.15.0 basic Answers that the agent is there");
    assert!(line("guest-shutdown ").starts_with("guest-shutdown no 0.15.0 power Shuts the guest down"));
}

#[test]
fn top_prints_one_screen_where_there_is_no_terminal() {
    let ended = Guest::new().qga(&["top", "-i", "0.1"]);
    for part in [
        "  load ",
        "┌Processors─",
        "┌Disks: read, written─",
        "┌Network: received, sent─",
        "lo  ",
        "┌Filesystems─",
    ] {
        assert!(ended.output.contains(part), "{part}: {ended:?}");
    }
    assert_eq!((ended.code, &*ended.errors), (Some(0), ""));
}

#[test]
fn top_for_programs_is_one_object() {
    let ended = Guest::new().qga(&["--json", "top", "-i", "0.1"]);
    assert!(ended.output.starts_with("{\"name\": ") && ended.output.ends_with("}\n"), "{ended:?}");
    assert!(ended.output.contains("\"processors\": [{\"number\": 0, \"busy\": "), "{ended:?}");
}

#[test]
fn without_arguments_the_help_tells_what_there_is() {
    let ended = ended(&mut qga());
    assert!(ended.errors.contains("\n  freeze    Freeze the guest's filesystems"), "{ended:?}");
    assert_eq!(ended.code, Some(2));
}

#[test]
fn the_schema_is_that_of_the_agent_or_all_that_is_known() {
    let all = ended(qga().args(["schema"]));
    assert_eq!(all.output.matches("\nAnswers: ").count(), COMMANDS.len(), "{all:?}");
    let info = "{\"version\": \"1\", \"supported_commands\": [{\"name\": \"guest-ping\", \"enabled\": true, \"success-response\": true}]}";
    let small = Fake::new(move |_, _| Answer::Return(info));
    assert!(small.qga(&["schema"]).output.starts_with("guest-ping (since 0.15.0, basic)\n"));
    assert_eq!(small.qga(&["schema", "guest-info"]).code, Some(2));
    let json = ended(qga().args(["schema", "guest-ping", "--json"]));
    let expected = "{\"commands\": [{\"arguments\": [], \"effect\": \"basic\", \"name\": \"guest-ping\", ";
    assert!(json.output.starts_with(expected), "{json:?}");
}

fn typed(command: &mut Command, lines: &str) -> Ended {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code(), output: text(output.stdout), errors: text(output.stderr) }
}

#[test]
fn the_repl_answers_line_by_line_and_goes_on_after_errors() {
    let guest = Guest::new();
    let lines = "guest-sync id=7\n\nsync {'id': 8}\nguest-x\nsync id\nhelp guest-ping\nquit\nsync id=9\n";
    let ended = typed(guest.command().arg("repl"), lines);
    assert!(ended.output.starts_with("7\n8\nguest-ping (since 0.15.0, basic)\n"), "{ended:?}");
    assert!(ended.errors.contains("The command guest-x has not been found"), "{ended:?}");
    assert!(ended.errors.contains("'id' is no argument"), "{ended:?}");
    assert!(!ended.output.contains("9\n"));
    assert_eq!(ended.code, Some(0));
}

#[test]
fn the_repl_connects_anew_and_sends_nothing_twice() {
    let guest = Fake::new(|name, _| match name {
        "guest-info" => Answer::Return("{\"version\": \"1\", \"supported_commands\": []}"),
        "guest-go" => Answer::Gone,
        _ => Answer::Return("1"),
    });
    let ended = typed(guest.command().arg("repl"), "a\ngo\nb\n");
    assert_eq!((&*ended.output, ended.code), ("1\n1\n", Some(0)));
    assert_eq!(guest.names(), ["guest-info", "guest-a", "guest-go", "guest-b"]);
}

#[test]
fn the_doctor_finds_a_well_agent_well() {
    let ended = Guest::new().qga(&["doctor"]);
    // The agent may not have noticed yet that the one who waited for its start has gone: that is odd, not ok.
    let good = ended.output.lines().filter_map(|line| line.strip_prefix("  ok  "));
    let steps: Vec<_> = good.filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(steps[..5], ["Guest", "Socket", "Agent", "Version", "Frozen"], "{ended:?}");
    assert!(ended.output.contains("  ?   Blocked     guest-"), "{ended:?}");
    assert!(ended.output.contains("  ok  Clock       ") && ended.output.contains(", as here"), "{ended:?}");
    assert_eq!(ended.code, Some(0));
}

#[test]
fn the_doctor_says_where_the_way_ends_and_what_to_do() {
    let place = TempDir::new().unwrap();
    let path = |name: &str| place.path().join(name);
    let doctor = |name: &str| {
        ended(qga().args(["--timeout", "0.3", "doctor", "-c"]).arg(format!("unix:{}", path(name).display())))
    };
    let missing = doctor("missing");
    assert!(
        missing.output.contains("!!  Socket") && missing.output.contains("→ start the guest"),
        "{missing:?}"
    );
    assert_eq!(missing.code, Some(3));
    std::fs::write(path("file"), "").unwrap();
    assert!(doctor("file").output.contains("is no socket"));
    drop(UnixListener::bind(path("dead")).unwrap());
    let dead = doctor("dead");
    assert!(dead.output.contains("→ nobody listens there"), "{dead:?}");
    let listener = UnixListener::bind(path("silent")).unwrap();
    let silent = doctor("silent");
    assert!(silent.output.contains("→ in the guest: is the agent installed and running"), "{silent:?}");
    assert_eq!(silent.code, Some(4));
    let _other = UnixStream::connect(path("silent")).unwrap();
    let _served: Vec<_> = (0..2).map(|_| listener.accept().unwrap()).collect();
    let taken = doctor("silent");
    assert!(
        taken.output.contains("  ?   Others ") && taken.output.contains("the channel is taken"),
        "{taken:?}"
    );
}

#[test]
fn the_doctor_tells_a_frozen_guest_and_a_clock_that_is_off() {
    let frozen = Fake::new(|name, _| match name {
        "guest-info" => Answer::Return("{\"version\": \"1\", \"supported_commands\": []}"),
        "guest-fsfreeze-status" => Answer::Return("\"frozen\""),
        _ => Answer::Return("{}"),
    });
    let ended = frozen.qga(&["doctor"]);
    assert!(ended.output.contains("!!  Frozen") && ended.output.contains("qga thaw"), "{ended:?}");
    assert_eq!(ended.code, Some(1));
    let late = Fake::new(|name, _| match name {
        "guest-info" => Answer::Return("{\"version\": \"1\", \"supported_commands\": []}"),
        "guest-fsfreeze-status" => Answer::Return("\"thawed\""),
        "guest-get-time" => Answer::Return("1000000000"),
        _ => Answer::Return("{}"),
    });
    let ended = late.qga(&["doctor", "--json"]);
    assert!(
        ended.output.contains("{\"step\": \"Clock\", \"state\": \"odd\", \"text\": \"1970-01-01"),
        "{ended:?}"
    );
    assert_eq!(ended.code, Some(0));
}

#[test]
fn an_agent_that_does_not_tell_of_itself_is_talked_to_all_the_same() {
    let guest = Fake::new(|name, _| match name {
        "guest-info" => Answer::Error("Command guest-info has been disabled"),
        "guest-fsfreeze-status" => Answer::Return("\"thawed\""),
        "guest-get-time" => Answer::Return("1000000000"),
        _ => Answer::Return("{}"),
    });
    let doctor = guest.qga(&["doctor"]);
    assert!(doctor.output.contains("  ?   Version     Command guest-info has been disabled"), "{doctor:?}");
    assert!(doctor.output.contains("  ?   Clock "), "{doctor:?}");
    let repl = typed(guest.command().arg("repl"), "ping\n");
    assert_eq!((repl.code, &*repl.output, &*repl.errors), (Some(0), "{}\n", ""));
}
