//! Files of the guest: printed, written, followed and edited.

use crate::copies::{Sides, pattern};
use crate::fake::{Answer, Fake};
use crate::run::Guest;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use qga_testkit::wait_until;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Stdio;

#[test]
fn an_interruption_closes_the_guests_file() {
    let guest = Fake::new(|name, _| match name {
        "guest-file-open" => Answer::Return("1000"),
        "guest-file-seek" => Answer::Return("{\"position\": 9, \"eof\": false}"),
        "guest-file-read" => Answer::Return("{\"count\": 3, \"buf-b64\": \"YWJj\", \"eof\": false}"),
        _ => Answer::Return("{}"),
    });
    let here = guest.path().join("part").display().to_string();
    for verb in [&["cat", "/x"][..], &["cp", "guest:/x", &here]] {
        let before = guest.names().len();
        let mut command = guest.command();
        command.args(verb).stdout(Stdio::null()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        wait_until("a first piece", || Ok((guest.names().len() > before + 20).then_some(()))).unwrap();
        kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGINT).unwrap();
        let output = child.wait_with_output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(
            errors.contains("qga: interrupted; closing") && errors.ends_with(": interrupted\n"),
            "{errors}"
        );
        assert_eq!(output.status.code(), Some(130));
        assert_eq!(guest.names().last().unwrap(), "guest-file-close");
    }
}

#[test]
fn an_interruption_of_what_is_written_is_no_success() {
    let sides = Sides::new();
    let file = sides.there("a");
    let mut command = sides.guest.command();
    let mut child =
        command.arg("write").arg(&file).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("the file", || Ok(file.exists().then_some(()))).unwrap();
    let input = child.stdin.take().unwrap();
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGINT).unwrap();
    let mut errors = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("closing") {
        assert_ne!(errors.read_line(&mut line).unwrap(), 0);
    }
    // Who wrote was interrupted as well.
    drop(input);
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn standard_input_is_written_or_added() {
    let sides = Sides::new();
    let file = sides.there("a");
    let write = |arguments: &[&str], input: &[u8]| {
        let mut command = sides.guest.command();
        let mut child =
            command.arg("write").args(arguments).arg(&file).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0));
    };
    write(&[], b"one\0");
    write(&["-a"], b"two");
    assert_eq!(fs::read(&file).unwrap(), b"one\0two");
    write(&[], b"");
    assert_eq!(fs::read(&file).unwrap(), b"");
}

#[test]
fn tail_shows_the_last_lines() {
    let sides = Sides::new();
    let lines = (0..30_000).map(|number| format!("line {number}\n")).collect::<Vec<_>>().concat();
    let file = sides.guest.scratch().write("log", lines.as_bytes()).unwrap().display().to_string();
    assert_eq!(sides.guest.qga(&["tail", "-n", "2", &file]).output, "line 29998\nline 29999\n");
    assert_eq!(sides.guest.qga(&["tail", &file]).output.lines().count(), 10);
    assert_eq!(sides.guest.qga(&["tail", "-n", "20000", &file]).output.lines().next(), Some("line 10000"));
    assert_eq!(sides.guest.qga(&["tail", "-n", "99999", &file]).output, lines);
    assert_eq!(sides.guest.qga(&["tail", "-n", "0", &file]).output, "");
}

#[test]
fn for_programs_files_are_objects_and_what_has_none_says_so() {
    let sides = Sides::new();
    let file = sides.guest.scratch().write("log", b"a\nb\n").unwrap().display().to_string();
    let object = |count, bytes| {
        format!("{{\"path\": \"@SCRATCH@/f/log\", \"count\": {count}, \"buf-b64\": \"{bytes}\"}}")
    };
    let (all, end) = (object(4, "YQpiCg=="), object(2, "Ygo="));
    assert_eq!(sides.guest.qga(&["--json", "cat", &file]).output, format!("[{all}]\n"));
    assert_eq!(sides.guest.qga(&["--json", "cat", &file, &file]).output, format!("[{all}, {all}]\n"));
    assert_eq!(sides.guest.qga(&["--json", "tail", "-n1", &file]).output, format!("{end}\n"));
    let written = sides.guest.qga(&["--json", "write", &file]);
    assert_eq!(written.output, "{\"path\": \"@SCRATCH@/f/log\", \"count\": 0}\n");
    for verb in [&["tail", "-f", &file][..], &["edit", &file], &["demo"], &["--all", "edit", &file]] {
        let words: Vec<_> = ["--json"].iter().chain(verb).copied().collect();
        let ended = sides.guest.qga(&words);
        assert!(ended.errors.starts_with("qga: --json does not go with this: "), "{ended:?}");
        assert_eq!((ended.code, &*ended.output), (Some(2), ""));
    }
}

#[test]
fn tail_shows_the_last_lines_of_what_has_no_size() {
    let guest = Guest::new();
    let all = fs::read_to_string("/proc/filesystems").unwrap();
    let last = all.lines().last().unwrap();
    assert_eq!(guest.qga(&["tail", "-n", "1", "/proc/filesystems"]).output, format!("{last}\n"));
    assert_eq!(guest.qga(&["tail", "-n", "9999", "/proc/filesystems"]).output, all);
    let pipe = Fake::new(|name, _| match name {
        "guest-file-open" => Answer::Return("1000"),
        "guest-file-seek" => Answer::Error("failed to seek file: Illegal seek"),
        "guest-file-read" => Answer::Return("{\"count\": 4, \"buf-b64\": \"YQpiCg==\", \"eof\": true}"),
        _ => Answer::Return("{}"),
    });
    let ended = pipe.qga(&["tail", "-n", "1", "/run/pipe"]);
    assert_eq!((ended.code, &*ended.output), (Some(0), "b\n"), "{ended:?}");
}

#[test]
fn tail_follows_a_file_that_grows_and_begins_anew_with_one_that_shrank() {
    let sides = Sides::new();
    let file = sides.guest.scratch().write("log", b"old\n").unwrap();
    let mut command = sides.guest.command();
    let mut child = command.args(["tail", "-f"]).arg(&file).stdout(Stdio::piped()).spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut next = || {
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        line
    };
    assert_eq!(next(), "old\n");
    fs::OpenOptions::new().append(true).open(&file).unwrap().write_all(b"more\n").unwrap();
    assert_eq!(next(), "more\n");
    fs::write(&file, "new\n").unwrap();
    assert_eq!(next(), "new\n");
    // From here on it is the new one that grows.
    fs::OpenOptions::new().append(true).open(&file).unwrap().write_all(b"end\n").unwrap();
    assert_eq!(next(), "end\n");
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGINT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn an_edited_file_is_written_back_unless_it_changed_meanwhile() {
    let sides = Sides::new();
    let file = sides.guest.scratch().write("notes.txt", b"old").unwrap();
    let edit = |script: &str| {
        let editor = sides.here("editor");
        fs::write(&editor, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = sides.guest.command();
        command.env_remove("VISUAL").env("EDITOR", format!("{} --wait", editor.display()));
        crate::run::ended(command.arg("edit").arg(&file).env("TMPDIR", sides.host.path()))
    };
    let written = edit("test \"$1\" = --wait && case $2 in */notes.txt) printf new >>\"$2\";; esac");
    assert_eq!((written.code, &*written.errors), (Some(0), "The file is written.\n"));
    assert_eq!(fs::read(&file).unwrap(), b"oldnew");
    assert_eq!(edit("exit 0").errors, "Nothing was changed.\n");
    let failed = edit("exit 3");
    assert!(failed.errors.contains("nothing was written"), "{failed:?}");
    let raced = edit(&format!("printf theirs >{}; printf mine >\"$2\"", file.display()));
    assert!(raced.errors.contains("has changed in the guest meanwhile"), "{raced:?}");
    let kept = raced.errors.lines().next().unwrap().trim_start_matches("What was edited is kept in ");
    assert_eq!(fs::read(PathBuf::from(kept.trim_end_matches('.')).join("notes.txt")).unwrap(), b"mine");
    assert_eq!(fs::read(&file).unwrap(), b"theirs");
}

#[test]
fn what_is_edited_is_for_nobody_else_to_see_and_does_not_end_with_the_editor() {
    let sides = Sides::new();
    let file = sides.guest.scratch().write("secret", b"old").unwrap();
    let editor = sides.here("editor");
    // The parent is qga: both get Ctrl-C from a terminal, and an editor makes of it what it likes.
    fs::write(&editor, "#!/bin/sh\nstat -c %a \"${1%/*}\"\nkill -INT $PPID\nprintf new >\"$1\"\n").unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = sides.guest.command();
    command
        .arg("edit")
        .arg(&file)
        .env_remove("VISUAL")
        .env("EDITOR", &editor)
        .env("TMPDIR", sides.host.path());
    let ended = crate::run::ended(&mut command);
    assert_eq!((ended.code, &*ended.output, &*ended.errors), (Some(0), "700\n", "The file is written.\n"));
    assert_eq!(fs::read(&file).unwrap(), b"new");
}

#[test]
fn no_editor_is_opened_where_there_is_no_terminal() {
    let sides = Sides::new();
    let mut command = sides.guest.command();
    command.arg("edit").arg(sides.there("x")).env_remove("VISUAL").env_remove("EDITOR");
    let ended = crate::run::ended(&mut command);
    assert!(ended.errors.contains("there is no terminal for an editor"), "{ended:?}");
    assert_eq!(ended.code, Some(1));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let sides = Sides::new();
    let file = sides.guest.scratch().write("big", &pattern(4_000_000)).unwrap();
    let mut child = sides
        .guest
        .command()
        .arg("cat")
        .arg(&file)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), &*output.stderr), (Some(0), &b""[..]));
}
