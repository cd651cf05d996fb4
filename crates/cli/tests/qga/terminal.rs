//! What a terminal gets.

use crate::run::{Guest, ended, qga};
use nix::pty::{Winsize, openpty};
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Runs it on a terminal of so many columns; returns what the terminal got.
fn on_terminal(command: &mut Command, columns: u16) -> String {
    let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    let terminal = openpty(Some(&size), None).unwrap();
    let mut child = command
        .env("TERM", "xterm")
        .stdin(terminal.slave.try_clone().unwrap())
        .stdout(terminal.slave.try_clone().unwrap())
        .stderr(terminal.slave.try_clone().unwrap())
        .spawn()
        .unwrap();
    // A command keeps what it gives to its child.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    drop(terminal.slave);
    let mut bytes = Vec::new();
    let mut screen = File::from(terminal.master);
    let mut piece = [0; 4096];
    // Reading fails when nobody holds the other end any longer.
    while let Ok(count @ 1..) = screen.read(&mut piece) {
        bytes.extend_from_slice(&piece[..count]);
    }
    child.wait().unwrap();
    String::from_utf8(bytes).unwrap().replace("\r\n", "\n")
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
    let words = ["--all", "--timeout", "2", "ping", "--dir"];
    let text = on_terminal(qga().args(words).arg(directory.path()), 80);
    let has_line = (0..10).any(|seconds| text.contains(&format!(" silent {seconds}s")));
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
