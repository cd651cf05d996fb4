//! What a terminal gets.

use crate::fake::{Answer, Fake};
use crate::run::{Guest, ended, qga};
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::pty::{Winsize, openpty};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

/// A program on a terminal.
struct Screen {
    child: Child,
    terminal: File,
    seen: Vec<u8>,
}

impl Screen {
    fn new(command: &mut Command, columns: u16) -> Screen {
        let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        let terminal = openpty(Some(&size), None).unwrap();
        for end in [&terminal.master, &terminal.slave] {
            // A program of another test would keep this terminal open.
            fcntl(end, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC)).unwrap();
        }
        let end = || terminal.slave.try_clone().unwrap();
        let child = command.env("TERM", "xterm").stdin(end()).stdout(end()).stderr(end()).spawn().unwrap();
        // A command keeps what it gives to its child.
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Screen { child, terminal: File::from(terminal.master), seen: Vec::new() }
    }

    /// Reads on until the text was seen, or the program has ended: then reading fails, as nobody holds the other end.
    fn read_until(&mut self, text: &str) {
        let mut piece = [0; 4096];
        while !String::from_utf8_lossy(&self.seen).contains(text) {
            let Ok(count @ 1..) = self.terminal.read(&mut piece) else { return };
            self.seen.extend_from_slice(&piece[..count]);
        }
    }

    /// Presses keys, and reads on until the text is seen behind that.
    fn answer(&mut self, keys: &str, text: &str) {
        self.seen.clear();
        self.terminal.write_all(keys.as_bytes()).unwrap();
        self.read_until(text);
    }

    /// What was seen until the end, and the exit code.
    fn end(mut self) -> (String, Option<i32>) {
        self.read_until("what no program says");
        let code = self.child.wait().unwrap().code();
        (String::from_utf8(self.seen).unwrap().replace("\r\n", "\n"), code)
    }
}

/// Runs it on a terminal of so many columns; returns what the terminal got.
fn on_terminal(command: &mut Command, columns: u16) -> String {
    Screen::new(command, columns).end().0
}

#[test]
fn nothing_is_wider_than_the_terminal_and_nothing_is_cut_elsewhere() {
    let guest = Guest::new();
    for verb in ["net", "fs", "stats", "routes", "os", "info"] {
        let text = on_terminal(guest.command().arg(verb).env("NO_COLOR", "1"), 40);
        assert!(text.lines().all(|line| line.chars().count() <= 40), "{verb}: {text}");
        assert!(!text.contains('\x1b'), "{verb}: {text}");
    }
    let whole = guest.qga(&["net"]).output;
    let headings: Vec<_> = whole.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(headings.len(), 7, "{whole}");
}

#[test]
fn the_help_fits_the_terminal() {
    for words in [&["--help"][..], &["-h"], &["list", "-h"], &["top", "--help"]] {
        let text = on_terminal(qga().args(words).env("NO_COLOR", "1"), 70);
        assert!(text.contains("Usage: qga"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 70), "{text}");
    }
}

#[test]
fn a_terminal_of_unknown_size_gets_it_all() {
    let text = on_terminal(Guest::new().command().arg("net"), 0);
    assert!(text.lines().next().unwrap().contains("HARDWARE"), "{text}");
}

#[test]
fn colours_are_for_terminals_without_no_color() {
    let guest = Guest::new();
    assert!(on_terminal(guest.command().arg("os").env_remove("NO_COLOR"), 80).contains("\x1b[36mKernel"));
    assert!(!on_terminal(guest.command().arg("os").env("NO_COLOR", "1"), 80).contains('\x1b'));
    assert!(!ended(guest.command().arg("os").env_remove("NO_COLOR")).output.contains('\x1b'));
}

/// Two sockets in a directory of their own: one of this guest, and one of nobody who answers.
fn with_a_silent_one(guest: &Guest) -> (TempDir, UnixListener) {
    let directory = TempDir::new().unwrap();
    symlink(guest.scratch().socket(), directory.path().join("loud.sock")).unwrap();
    let silent = UnixListener::bind(directory.path().join("silent.sock")).unwrap();
    (directory, silent)
}

#[test]
fn each_of_many_guests_that_is_under_way_has_a_line() {
    let guest = Guest::new();
    let (directory, _silent) = with_a_silent_one(&guest);
    let words = ["--all", "--timeout", "5", "ping", "--dir"];
    let text = on_terminal(qga().args(words).arg(directory.path()), 80);
    let has_line = (0..10).any(|seconds| text.contains(&format!("  {seconds}s silent")));
    assert!(has_line, "{text:?}");
    assert!(text.contains("2 guests: 1 ok, 1 failed: silent with code 4"), "{text:?}");
}

#[test]
fn what_programs_in_many_guests_say_cannot_drive_the_terminal() {
    let guest = Guest::new();
    let words = ["--all", "exec", "--dir", &*guest.scratch().path().display().to_string()];
    let script = ["--", "/bin/sh", "-c", "printf '\\033]0;out\\007'; printf '\\033]0;err\\007' >&2"];
    let text = on_terminal(qga().args(words).args(script), 80);
    assert!(text.contains("\\u{1b}]0;out\\u{7}") && text.contains("\\u{1b}]0;err\\u{7}"), "{text:?}");
}

#[test]
fn files_and_programs_of_a_guest_cannot_drive_the_terminal() {
    let guest = Guest::new();
    let file =
        guest.scratch().write("\x1b]0;name\x07", b"\x1b]0;text\x07\xff\n").unwrap().display().to_string();
    let there = format!("guest:{file}");
    let here = TempDir::new().unwrap();
    let copy = here.path().join("\x1b]0;copy\x07").display().to_string();
    let program = ["exec", "--", "/bin/sh", "-c", "printf '\\033]0;out\\007'; printf '\\033]0;err\\007' >&2"];
    for verb in
        [&["cat", &*file][..], &["tail", &file], &program, &["cp", &there, &copy], &["cp", &copy, &there]]
    {
        let text = on_terminal(guest.command().args(verb).env("NO_COLOR", "1"), 200);
        // What moves the bar is ours.
        assert!(!text.contains("\x1b]") && text.contains("\\u{1b}]0;"), "{verb:?}: {text:?}");
    }
}

#[test]
fn the_repl_completes_and_remembers_on_a_terminal() {
    let guest = Guest::new();
    let state = TempDir::new().unwrap();
    let mut command = guest.command();
    command.arg("repl").env("XDG_STATE_HOME", state.path());
    let mut screen = Screen::new(&mut command, 80);
    // The prompt shows that keys are read one by one from here on.
    screen.read_until("qga> ");
    screen.answer("file-op\t", "guest-file-open");
    screen.answer(" pa\t", "path=");
    screen.answer("/none\r", "No such file");
    screen.read_until("qga> ");
    screen.answer("\x04", "");
    assert_eq!(screen.end().1, Some(0));
    let mut screen = Screen::new(&mut command, 80);
    screen.read_until("qga> ");
    screen.answer("\x1b[A", "guest-file-open path=/none");
    screen.answer("\r", "No such file");
    screen.read_until("qga> ");
    screen.answer("\x04", "");
    assert_eq!(screen.end().1, Some(0));
}

const ENTERED: &str = "\x1b[?1049h";
const LEFT: &str = "\x1b[?1049l";

/// `qga top` of a guest that answers once and is silent then.
fn top_of_a_guest_that_falls_silent() -> (Fake, Screen) {
    let asked = AtomicUsize::new(0);
    let guest = Fake::new(move |_, _| {
        if asked.fetch_add(1, Ordering::Relaxed) < 6 { Answer::Error("no") } else { Answer::Silence }
    });
    let mut screen = Screen::new(guest.command().args(["--timeout", "600", "top", "-i", "0.01"]), 80);
    screen.read_until(ENTERED);
    (guest, screen)
}

#[test]
fn a_silent_guest_does_not_keep_the_keys_of_top() {
    for key in ["q", "\x1b", "\x03"] {
        let (_guest, mut screen) = top_of_a_guest_that_falls_silent();
        screen.terminal.write_all(key.as_bytes()).unwrap();
        let (text, code) = screen.end();
        assert!(text.contains(LEFT) && code == Some(0), "{text:?}");
    }
}

#[test]
fn top_gives_the_terminal_back_when_it_is_asked_to_end() {
    let (_guest, screen) = top_of_a_guest_that_falls_silent();
    kill(Pid::from_raw(i32::try_from(screen.child.id()).unwrap()), Signal::SIGTERM).unwrap();
    let (text, code) = screen.end();
    assert!(text.contains(LEFT) && code == Some(0), "{text:?}");
}

#[test]
fn a_guest_that_goes_ends_top_with_a_word_behind_its_screen() {
    let asked = AtomicUsize::new(0);
    let guest =
        Fake::new(
            move |_, _| {
                if asked.fetch_add(1, Ordering::Relaxed) < 6 { Answer::Error("no") } else { Answer::Gone }
            },
        );
    let (text, code) = Screen::new(guest.command().args(["top", "-i", "0.01"]), 80).end();
    let behind = text.split(LEFT).nth(1).unwrap_or_default();
    assert!(behind.contains("qga: cannot reach the agent at ") && code == Some(3), "{text:?}");
}
