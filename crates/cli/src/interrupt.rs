//! Ctrl-C, and the signals that mean the same (SIGTERM, SIGHUP).

use crate::failure::{INTERRUPTED, Interrupted};
use crate::output;
use anyhow::Context;
use std::io::{self, Read, Write};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

/// Interruptions, which from now on end nothing by themselves.
#[derive(Debug)]
pub(crate) struct Interrupts(Receiver<()>);

impl Interrupts {
    /// Catches them all; `notice` is called at each, on another thread.
    pub(crate) fn catch(notice: impl Fn() + Send + 'static) -> anyhow::Result<Interrupts> {
        let (sender, receiver) = mpsc::channel();
        let handler = move || {
            // When nobody asks any more, it is over anyway.
            let _ = sender.send(());
            notice();
        };
        ctrlc::set_handler(handler).context("cannot prepare for Ctrl-C")?;
        Ok(Interrupts(receiver))
    }

    /// Catches the first of them, so that a file can be closed in the guest: an agent has only so many. The second
    /// ends the program.
    pub(crate) fn catch_first() -> anyhow::Result<Interrupts> {
        let is_first = AtomicBool::new(true);
        Interrupts::catch(move || {
            if !is_first.swap(false, Ordering::Relaxed) {
                process::exit(INTERRUPTED.into());
            }
            output::remark(
                "\nqga: interrupted; closing the guest's file first, unless interrupted once more",
            );
        })
    }

    /// Fails when one came.
    pub(crate) fn check(&self) -> Result<(), Interrupted> {
        if self.within(Duration::ZERO) { Err(Interrupted) } else { Ok(()) }
    }

    /// Waits so long for one; says whether one came.
    pub(crate) fn within(&self, patience: Duration) -> bool {
        self.0.recv_timeout(patience).is_ok()
    }
}

/// What is read or written until somebody interrupts.
pub(crate) struct Interruptible<'a, T> {
    pub(crate) through: T,
    pub(crate) by: &'a Interrupts,
}

impl<R: Read> Read for Interruptible<'_, R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = self.through.read(room)?;
        // Behind it, as who wrote was interrupted with us and has ended.
        self.by.check().map_err(io::Error::other)?;
        Ok(count)
    }
}

impl<W: Write> Write for Interruptible<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.by.check().map_err(io::Error::other)?;
        self.through.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.through.flush()
    }
}
