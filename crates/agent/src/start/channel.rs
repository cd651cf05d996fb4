use super::failure::{ChannelError, tell};
use qga_platform::strerror;
use qga_transport::{Endpoint, Method, open};
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// How long to wait before a missing channel is tried again.
const PAUSE: Duration = Duration::from_secs(5);

/// A channel that can be opened, also again.
#[derive(Debug)]
pub(super) struct Reopening {
    method: Method,
    path: PathBuf,
    /// Whether to go on trying while it is missing, and after it broke.
    keep_trying: AtomicBool,
    /// Whether it is missing just now.
    missing: AtomicBool,
}

impl Reopening {
    pub(super) fn new(method: Method, path: PathBuf, keep_trying: bool) -> Reopening {
        Reopening { method, path, keep_trying: keep_trying.into(), missing: AtomicBool::new(false) }
    }

    pub(super) fn keeps_trying(&self) -> bool {
        self.keep_trying.load(Ordering::Acquire)
    }

    /// Whether to go on trying from now on.
    pub(super) fn keep_trying(&self, keep_trying: bool) {
        self.keep_trying.store(keep_trying, Ordering::Release);
    }

    /// Whether it is missing and waited for.
    pub(super) fn is_missing(&self) -> bool {
        self.missing.load(Ordering::Acquire)
    }

    pub(super) fn open(&self) -> Result<Endpoint, ChannelError> {
        Ok(open(self.method, &self.path)?)
    }

    /// Tries until it is open; `pause` is called in between.
    pub(super) fn open_patiently(&self, pause: impl Fn(Duration)) -> Endpoint {
        self.missing.store(true, Ordering::Release);
        let endpoint = loop {
            match self.open() {
                Ok(endpoint) => break endpoint,
                Err(error) => tell(&error),
            }
            pause(PAUSE);
        };
        self.missing.store(false, Ordering::Release);
        endpoint
    }

    /// Opens it again after it has ended; `None` if that is the end of the agent, too.
    ///
    /// A line that was hung up is there again as soon as somebody calls; one that broke may be gone.
    pub(super) fn open_again(&self, ended: &io::Result<()>) -> Option<Endpoint> {
        match ended {
            Ok(()) => log::debug!("{} was hung up", self.path.display()),
            Err(error) => log::error!("channel '{}' is lost: {}", self.path.display(), strerror(error)),
        }
        if self.keeps_trying() {
            self.missing.store(true, Ordering::Release);
            thread::sleep(PAUSE);
            return Some(self.open_patiently(thread::sleep));
        }
        if ended.is_err() {
            return None;
        }
        thread::sleep(PAUSE);
        self.open().inspect_err(|error| tell(error)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_channel_ends_an_agent_that_does_not_retry() {
        let channel = Reopening::new(Method::VirtioSerial, "/absent".into(), false);
        assert!(channel.open_again(&Err(io::ErrorKind::NotFound.into())).is_none());
    }
}
