//! A terminal that remembers what it shows.

use anyhow::{Context, Result};
use nix::{
    poll::{PollFd, PollFlags, PollTimeout, poll},
    pty::{OpenptyResult, Winsize, openpty},
};
use std::{
    fs::File,
    io::{Read, Write},
    os::fd::AsFd,
    process::Command,
    time::{Duration, Instant},
};

pub(crate) struct Terminal;

impl Terminal {
    /// Runs a program in a terminal of so many rows and columns, and gives its last screen. With a time it is one that
    /// goes on until `q` is pressed; the screen is that of before.
    pub(crate) fn run(
        command: &mut Command,
        (rows, columns): (u16, u16),
        until: Option<Duration>,
    ) -> Result<vt100::Screen> {
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        let OpenptyResult { master, slave } = openpty(Some(&size), None)?;
        // Programs ask the terminal that controls them for its size, so it has to be this one.
        let mut in_session = Command::new("setsid");
        in_session.args(["--ctty", "--wait"]).arg(command.get_program()).args(command.get_args());
        let set = command.get_envs().filter_map(|(name, value)| Some((name, value?)));
        in_session.envs(set).env("TERM", "xterm-256color").env_remove("NO_COLOR");
        in_session.stdin(slave.try_clone()?).stdout(slave.try_clone()?).stderr(slave);
        let mut child = in_session.spawn().context("cannot run setsid")?;
        drop(in_session);
        let mut master = File::from(master);
        let mut parser = vt100::Parser::new(rows, columns, 0);
        let deadline = until.map(|until| Instant::now() + until);
        while read(&mut master, &mut parser, deadline)? {}
        let screen = parser.screen().clone();
        if until.is_some() {
            master.write_all(b"q")?;
            while read(&mut master, &mut parser, None)? {}
        }
        child.wait()?;
        Ok(screen)
    }
}

/// Reads once; false at the deadline, and when nobody has the terminal open any more.
fn read(master: &mut File, parser: &mut vt100::Parser, deadline: Option<Instant>) -> Result<bool> {
    let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
    let timeout = left.map_or(Ok(PollTimeout::NONE), PollTimeout::try_from)?;
    if poll(&mut [PollFd::new(master.as_fd(), PollFlags::POLLIN)], timeout)? == 0 {
        return Ok(false);
    }
    let mut piece = [0; 4096];
    // On Linux the end of the other side is an error (EIO).
    let count = master.read(&mut piece).unwrap_or(0);
    parser.process(piece.get(..count).unwrap_or_default());
    Ok(count > 0)
}
