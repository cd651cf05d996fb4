//! What a guest tells of itself, by our agent about this machine.

use crate::fake::{Answer, Fake};
use crate::run::Guest;
use std::fs;

#[test]
fn each_question_has_a_table_and_its_answer_for_programs() {
    let guest = Guest::new();
    let cases = [
        ("os", "  Kernel      ", "{\"name\": "),
        ("hostname", "", "{\"host-name\": "),
        ("users", "  USER  ", "["),
        ("net", "  INTERFACE  ", "[{\"name\": "),
        ("routes", "  DESTINATION  ", "["),
        ("fs", "  MOUNTED ON  ", "["),
        ("disks", "  DEVICE  ", "["),
        ("cpus", "  CPU  STATE ", "[{\"online\": true"),
        ("load", "  1 MINUTE  ", "{\"load15m\": "),
        ("stats", "  CPU  ", "{\"guest-get-cpustats\": [{\"cpu\": 0"),
        ("time", "", "1"),
    ];
    for (verb, text, json) in cases {
        let shown = guest.qga(&[verb]);
        assert_eq!((shown.code, &*shown.errors), (Some(0), ""), "{verb}");
        assert!(shown.output.contains(text), "{verb}: {shown:?}");
        let told = guest.qga(&[verb, "--format", "json"]);
        assert!(told.output.starts_with(json) && told.output.ends_with('\n'), "{verb}: {told:?}");
    }
}

#[test]
fn the_answers_are_those_of_this_machine() {
    let guest = Guest::new();
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    assert_eq!(guest.qga(&["hostname"]).output, name);
    assert!(guest.qga(&["net"]).output.contains("127.0.0.1/8"));
    assert!(guest.qga(&["time"]).output.contains(" UTC, as here"));
}

#[test]
fn of_several_questions_the_first_without_answer_is_the_last() {
    for verb in ["stats", "memory"] {
        let guest = Fake::new(|_, _| Answer::Silence);
        let ended = guest.qga(&[verb, "--json", "--timeout", "2"]);
        assert_eq!((ended.code, guest.requests().len()), (Some(4), 1), "{verb}");
    }
}

#[test]
fn memory_is_told_in_runs_of_blocks() {
    let guest = Fake::new(|name, _| match name {
        "guest-get-memory-block-info" => Answer::Return("{\"size\": 134217728}"),
        _ => Answer::Return(
            "[{\"phys-index\": 1, \"online\": true, \"can-offline\": true}, {\"phys-index\": 0, \"online\": true, \"can-offline\": true}]",
        ),
    });
    assert!(
        guest.qga(&["memory"]).output.ends_with("  0-1     online  yes                      256.00 MiB\n")
    );
    assert!(
        guest.qga(&["memory", "--json"]).output.starts_with("{\"guest-get-memory-block-info\": {\"size\": ")
    );
}
