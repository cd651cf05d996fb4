//! Files and directories, copied to the guest and back.

use crate::fake::{Answer, Fake};
use crate::run::{Ended, Guest};
use qga_testkit::Start;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// A guest, and a directory of this host.
pub(crate) struct Sides {
    pub(crate) guest: Guest,
    pub(crate) host: TempDir,
}

impl Sides {
    pub(crate) fn new() -> Sides {
        Sides { guest: Guest::new(), host: TempDir::new().unwrap() }
    }

    /// A path of this host.
    pub(crate) fn here(&self, name: &str) -> PathBuf {
        self.host.path().join(name)
    }

    /// A path of the guest, which is a directory of this host that its agent may write to.
    pub(crate) fn there(&self, name: &str) -> PathBuf {
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

pub(crate) fn pattern(size: usize) -> Vec<u8> {
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
