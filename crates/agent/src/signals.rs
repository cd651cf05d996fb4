//! What the owner of the guest asks by signals: SIGTERM and SIGINT end the agent, SIGHUP has it read its
//! configuration again. SIGPIPE is ignored by the Rust runtime; all others do what they do by default.

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::{Handle, Signals};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const ENDING: [i32; 2] = [SIGTERM, SIGINT];
const ALL: [i32; 3] = [SIGTERM, SIGINT, SIGHUP];
/// The exit code when nothing was ever served.
const NOTHING_SERVED: i32 = 1;

/// The signals that ask for something.
#[derive(Debug)]
pub(crate) struct OwnerSignals {
    signals: Signals,
    end_at_once: Arc<AtomicBool>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// To end, by this signal.
    End(i32),
    /// To read the configuration again.
    Reload,
}

impl OwnerSignals {
    /// Catches them from now on.
    pub(crate) fn catch() -> io::Result<OwnerSignals> {
        let end_at_once = Arc::new(AtomicBool::new(false));
        for signal in ENDING {
            flag::register_conditional_shutdown(signal, NOTHING_SERVED, Arc::clone(&end_at_once))?;
        }
        Ok(OwnerSignals { signals: Signals::new(ALL)?, end_at_once })
    }

    /// Runs `wait`, during which a signal to end ends the process on the spot, with code 1.
    pub(crate) fn ending_at_once<T>(&self, wait: impl FnOnce() -> T) -> T {
        self.end_at_once.store(true, Ordering::Release);
        let result = wait();
        self.end_at_once.store(false, Ordering::Release);
        result
    }

    /// Ends [`OwnerSignals::next`] without a signal.
    pub(crate) fn handle(&self) -> Handle {
        self.signals.handle()
    }

    /// Blocks until something is asked for; `None` when the handle was closed.
    pub(crate) fn next(&mut self) -> Option<Asked> {
        let signal = self.signals.forever().next()?;
        Some(if signal == SIGHUP { Asked::Reload } else { Asked::End(signal) })
    }
}
