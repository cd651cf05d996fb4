//! The signals that end the agent: SIGTERM and SIGINT. SIGPIPE is ignored by the Rust runtime; all others do
//! what they do by default.

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::{Handle, Signals};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const ENDING: [i32; 2] = [SIGTERM, SIGINT];
/// The exit code when nothing was ever served.
const NOTHING_SERVED: i32 = 1;

/// The signals that ask the agent to end.
#[derive(Debug)]
pub(crate) struct EndSignals {
    signals: Signals,
    end_at_once: Arc<AtomicBool>,
}

impl EndSignals {
    /// Catches them from now on.
    pub(crate) fn catch() -> io::Result<EndSignals> {
        let end_at_once = Arc::new(AtomicBool::new(false));
        for signal in ENDING {
            flag::register_conditional_shutdown(signal, NOTHING_SERVED, Arc::clone(&end_at_once))?;
        }
        Ok(EndSignals { signals: Signals::new(ENDING)?, end_at_once })
    }

    /// Runs `wait`, during which a signal ends the process on the spot, with code 1.
    pub(crate) fn ending_at_once<T>(&self, wait: impl FnOnce() -> T) -> T {
        self.end_at_once.store(true, Ordering::Release);
        let result = wait();
        self.end_at_once.store(false, Ordering::Release);
        result
    }

    /// Ends [`EndSignals::next`] without a signal.
    pub(crate) fn handle(&self) -> Handle {
        self.signals.handle()
    }

    /// Blocks until a signal comes; `None` when the handle was closed.
    pub(crate) fn next(&mut self) -> Option<i32> {
        self.signals.forever().next()
    }
}
