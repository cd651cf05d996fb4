//! Ctrl-C, and the signals that mean the same (SIGTERM, SIGHUP).

use anyhow::Context;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

/// Interruptions, which from now on end nothing by themselves.
pub(crate) struct Interrupts(Receiver<()>);

impl Interrupts {
    /// Catches them all; `notice` is called at each, on another thread.
    pub(crate) fn catch(notice: impl Fn() + Send + 'static) -> anyhow::Result<Interrupts> {
        let (sender, receiver) = mpsc::channel();
        let handler = move || {
            notice();
            // When nobody asks any more, it is over anyway.
            let _ = sender.send(());
        };
        ctrlc::set_handler(handler).context("cannot prepare for Ctrl-C")?;
        Ok(Interrupts(receiver))
    }

    /// Waits so long for one; says whether one came.
    pub(crate) fn within(&self, patience: Duration) -> bool {
        self.0.recv_timeout(patience).is_ok()
    }
}
