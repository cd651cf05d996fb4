//! Files: copied, written, followed and edited.

use crate::fake::{Answer, Fake};
use crate::run::{Ended, Guest};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use qga_testkit::{Start, wait_until};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// A guest, and a directory of this host.
struct Sides {
    guest: Guest,
    host: TempDir,
}

impl Sides {
    fn new() -> Sides {
        Sides { guest: Guest::new(), host: TempDir::new().unwrap() }
    }

    /// A path of this host.
    fn here(&self, name: &str) -> PathBuf {
        self.host.path().join(name)
    }

    /// A path of the guest, which is a directory of this host that its agent may write to.
    fn there(&self, name: &str) -> PathBuf {
        self.guest.scratch().files().join(name)
    }

    /// Copies; the paths begin with `here:` or `guest:`.
    fn cp(&self, arguments: &[&str]) -> Ended {
        let path = |argument: &&str| match (argument.strip_prefix("here:"), argument.strip_prefix("guest:")) {
            (Some(name), _) => self.here(name).display().to_string(),
            (_, Some(name)) => format!("guest:{}", self.there(name).display()),
            _ => (*argument).to_owned(),
        };
        let arguments: Vec<_> = arguments.iter().map(path).collect();
        self.guest.qga(&["cp"].into_iter().chain(arguments.iter().map(String::as_str)).collect::<Vec<_>>())
    }
}

fn pattern(size: usize) -> Vec<u8> {
    (0..=250).cycle().take(size).collect()
}

#[test]
fn a_file_goes_there_and_back_and_is_compared() {
    let sides = Sides::new();
    fs::write(sides.here("a"), pattern(3_000_000)).unwrap();
    let up = sides.cp(&["here:a", "guest:"]);
    assert_eq!(up.code, Some(0), "{up:?}");
    assert!(
        up.errors.starts_with("Copied file, 2.86 MiB in ") && up.errors.ends_with(" s, compared.\n"),
        "{up:?}"
    );
    assert!(fs::read(sides.there("a")).unwrap() == pattern(3_000_000));
    let down = sides.cp(&["--json", "guest:a", "here:b"]);
    assert!(down.output.starts_with("{\"files\": 1, \"bytes\": 3000000, \"compared\": 1, "), "{down:?}");
    assert!(fs::read(sides.here("b")).unwrap() == pattern(3_000_000));
}

#[test]
fn a_directory_goes_there_and_back_with_all_that_is_in_it() {
    let sides = Sides::new();
    let files = ["d/a", "d/empty", "d/e/f/with space", "d/e/-n", "d/e/new\nline"];
    fs::create_dir_all(sides.here("d/e/f")).unwrap();
    fs::create_dir_all(sides.here("d/nothing")).unwrap();
    for name in files {
        fs::write(sides.here(name), if name.ends_with("empty") { "" } else { name }).unwrap();
    }
    assert_eq!(sides.cp(&["here:d", "guest:"]).code, Some(1), "a directory needs -r");
    let up = sides.cp(&["-r", "here:d", "guest:"]);
    assert!(up.errors.starts_with("Copied 5 files, ") && up.errors.contains(", compared."), "{up:?}");
    let down = sides.cp(&["-r", "guest:d", "here:back"]);
    assert_eq!(down.code, Some(0), "{down:?}");
    for name in files {
        let back = name.replacen('d', "back", 1);
        assert_eq!(fs::read(sides.here(&back)).unwrap(), fs::read(sides.here(name)).unwrap(), "{name}");
    }
    assert!(sides.here("back/nothing").is_dir());
}

#[test]
fn several_files_go_into_a_directory_and_into_nothing_else() {
    let sides = Sides::new();
    for name in ["a", "b"] {
        fs::write(sides.here(name), name).unwrap();
    }
    assert_eq!(sides.cp(&["here:a", "here:b", "guest:"]).code, Some(0));
    assert_eq!(fs::read(sides.there("b")).unwrap(), b"b");
    fs::create_dir(sides.here("d")).unwrap();
    fs::write(sides.here("d/a"), "other").unwrap();
    let same_name = sides.cp(&["here:a", "here:d/a", "guest:"]);
    assert!(same_name.errors.contains("several sources would become guest:"), "{same_name:?}");
    assert_eq!((same_name.code, fs::read(sides.there("a")).unwrap()), (Some(1), b"a".to_vec()));
    let no_directory = sides.cp(&["here:a", "here:b", "guest:a"]);
    assert!(no_directory.errors.contains("is no directory"), "{no_directory:?}");
    assert_eq!(sides.cp(&["here:a", "here:b"]).code, Some(2));
}

#[test]
fn a_copy_goes_on_where_an_earlier_one_ended() {
    let sides = Sides::new();
    let whole = pattern(1_000_000);
    fs::write(sides.here("a"), &whole).unwrap();
    sides.guest.scratch().write("a", &whole[..600_000]).unwrap();
    let up = sides.cp(&["--resume", "--json", "here:a", "guest:a"]);
    assert!(up.output.starts_with("{\"files\": 1, \"bytes\": 400000, \"compared\": 1, "), "{up:?}");
    assert!(fs::read(sides.there("a")).unwrap() == whole);
    fs::write(sides.here("b"), &whole[..999_999]).unwrap();
    let down = sides.cp(&["--resume", "--json", "guest:a", "here:b"]);
    assert!(down.output.starts_with("{\"files\": 1, \"bytes\": 1, "), "{down:?}");
    assert!(fs::read(sides.here("b")).unwrap() == whole);
    fs::write(sides.here("b"), "other").unwrap();
    let other = sides.cp(&["--resume", "guest:a", "here:b"]);
    assert!(other.errors.contains("are not the same; copy it again without --resume"), "{other:?}");
    assert_eq!(other.code, Some(1));
}

#[test]
fn what_cannot_be_read_costs_nobody_a_file() {
    let sides = Sides::new();
    fs::write(sides.here("a"), "mine").unwrap();
    assert_eq!(sides.cp(&["guest:", "here:a"]).code, Some(1));
    assert_eq!(sides.cp(&["guest:none", "here:a"]).code, Some(1));
    assert_eq!(fs::read(sides.here("a")).unwrap(), b"mine");
}

#[test]
fn without_programs_of_the_guest_files_are_copied_and_not_compared() {
    let agent = Start::default().argument("-b").argument("guest-exec,guest-exec-status").start();
    let sides = Sides { guest: Guest::of(agent.unwrap()), host: TempDir::new().unwrap() };
    fs::write(sides.here("a"), "a").unwrap();
    let copied = sides.cp(&["here:a", "guest:a"]);
    assert!(copied.errors.ends_with("not compared as the guest cannot.\n"), "{copied:?}");
    assert_eq!(copied.code, Some(0));
}

#[test]
fn a_guest_cannot_name_files_out_of_the_destination() {
    for name in ["/d/../../evil", "/d/../evil", "/evil", "/d//../x"] {
        let listed = base64(&format!("{name}\0"));
        let status =
            format!("{{\"return\": {{\"exited\": true, \"exitcode\": 0, \"out-data\": \"{listed}\"}}}}\n");
        let guest = Fake::new(move |name, _| match name {
            "guest-file-open" => Answer::Return("1000"),
            "guest-file-read" => Answer::Error("Is a directory"),
            "guest-exec" => Answer::Return("{\"pid\": 1}"),
            "guest-exec-status" => Answer::Bytes(status.clone().into()),
            _ => Answer::Return("{}"),
        });
        let inside = guest.path().join("inside/deep");
        fs::create_dir_all(&inside).unwrap();
        let ended = guest.qga(&["cp", "-r", "guest:/d", &inside.display().to_string()]);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(!guest.path().join("evil").exists() && !guest.path().join("inside/evil").exists(), "{name}");
    }
}

/// What the guest's base64 program would say; there is none in the standard library.
fn base64(text: &str) -> String {
    let mut line = Vec::new();
    qga_wire::Base64::encode_into(text.as_bytes(), &mut line).unwrap();
    String::from_utf8(line).unwrap()
}

#[test]
fn one_file_that_cannot_be_copied_holds_up_no_other() {
    let sides = Sides::new();
    for name in ["a", "c"] {
        fs::write(sides.here(name), name).unwrap();
    }
    let up = sides.cp(&["here:a", "here:b", "here:c", "guest:"]);
    assert!(up.errors.contains("/b: No such file"), "{up:?}");
    assert!(up.errors.ends_with("\nqga: 1 of 3 could not be copied\n"), "{up:?}");
    assert_eq!((up.code, fs::read(sides.there("c")).unwrap()), (Some(1), b"c".to_vec()));
    let down = sides.cp(&["--json", "guest:a", "guest:b", "guest:c", "here:"]);
    assert!(
        down.output.starts_with("{\"files\": 2, \"bytes\": 2, \"compared\": 2, \"failed\": 1, "),
        "{down:?}"
    );
    assert_eq!(down.code, Some(1));
}

#[test]
fn what_a_directory_has_that_cannot_be_copied_is_told() {
    let sides = Sides::new();
    let strange = std::ffi::OsStr::from_bytes(b"d/\xff");
    for root in [sides.here(""), sides.there("")] {
        fs::create_dir(root.join("d")).unwrap();
        fs::write(root.join("d/a"), "a").unwrap();
        std::os::unix::fs::symlink("a", root.join("d/link")).unwrap();
        UnixListener::bind(root.join("d/socket")).unwrap();
    }
    let up = sides.cp(&["-r", "here:d", "guest:up"]);
    assert!(up.errors.contains("Left out ") && up.errors.contains("/d/link and 1 more: neither"), "{up:?}");
    let down = sides.cp(&["-r", "guest:d", "here:down"]);
    assert!(down.errors.contains("Left out guest:"), "{down:?}");
    assert_eq!((up.code, down.code), (Some(0), Some(0)));
    for root in [sides.here(""), sides.there("")] {
        fs::write(root.join(strange), "").unwrap();
    }
    for (from, to) in [("here:d", "guest:again"), ("guest:d", "here:again")] {
        let ended = sides.cp(&["-r", from, to]);
        assert!(ended.errors.contains("is no Unicode text"), "{ended:?}");
        assert!(ended.errors.ends_with("qga: 1 of 2 could not be copied\n"), "{ended:?}");
        assert_eq!(ended.code, Some(1));
    }
    assert!(sides.here("again/a").exists() && sides.there("again/a").exists());
}

#[test]
fn a_copy_that_ends_early_says_how_much_is_there() {
    let ends: [(fn() -> Answer, i32); 3] =
        [(|| Answer::Silence, 4), (|| Answer::Gone, 3), (|| Answer::Error("bad disk"), 1)];
    for (end, code) in ends {
        let reads = AtomicU32::new(0);
        let guest = Fake::new(move |name, _| match name {
            "guest-file-open" => Answer::Return("1000"),
            "guest-file-seek" => Answer::Return("{\"position\": 9, \"eof\": false}"),
            "guest-file-read" if reads.fetch_add(1, Ordering::Relaxed) < 40 => {
                Answer::Return("{\"count\": 3, \"buf-b64\": \"YWJj\", \"eof\": false}")
            }
            _ => end(),
        });
        let here = guest.path().join("half");
        let ended = guest.qga(&["--timeout", "0.3", "cp", "guest:/x", &here.display().to_string()]);
        let size = fs::metadata(&here).unwrap().len();
        let told = format!("half: it has {size} bytes of it, and --resume goes on from there: ");
        assert!(size > 0 && ended.errors.contains(&told), "{ended:?}");
        assert_eq!(ended.code, Some(code));
    }
}

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
fn a_program_of_the_guest_that_never_ends_does_not_hold_up_a_copy_for_ever() {
    let guest = |is_directory: bool| {
        Fake::new(move |name, _| match name {
            "guest-file-open" => Answer::Return("1000"),
            "guest-file-read" if is_directory => Answer::Error("Is a directory"),
            "guest-file-read" => Answer::Return("{\"count\": 0, \"buf-b64\": \"\", \"eof\": true}"),
            "guest-file-seek" => Answer::Return("{\"position\": 0, \"eof\": false}"),
            "guest-exec" => Answer::Return("{\"pid\": 1}"),
            "guest-exec-status" => Answer::Return("{\"exited\": false}"),
            _ => Answer::Return("{}"),
        })
    };
    let cases = [(true, "find"), (false, "sha256sum")];
    for (is_directory, program) in cases {
        let guest = guest(is_directory);
        let here = guest.path().join("x").display().to_string();
        let ended = guest.qga(&["--timeout", "0.5", "cp", "-r", "guest:/x", &here]);
        let told = format!("{program} in the guest takes longer than 0.5 s");
        assert!(ended.errors.contains(&told), "{ended:?}");
        assert_eq!(ended.code, Some(4));
    }
}

#[test]
fn a_copy_goes_to_what_cannot_seek_too() {
    let sides = Sides::new();
    sides.guest.scratch().write("a", b"abc").unwrap();
    let ended = sides.cp(&["--no-check", "guest:a", "/dev/stdout"]);
    assert_eq!((ended.code, &*ended.output), (Some(0), "abc"), "{ended:?}");
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
