//! What the service manager is told of the agent, if it has asked to be (`sd_notify(3)`): that it is ready, reads
//! its configuration again, is about to end, and, if a watchdog is set, that it is well. No disk is needed for it,
//! so it goes on while filesystems are frozen.

use crate::supervisor::Supervisor;
use qga_platform::strerror;
use sd_notify::{NotifyState, notify, watchdog_enabled};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// It serves.
pub(crate) fn ready() {
    tell(&[NotifyState::Ready, NotifyState::Status("serving")]);
}

/// All is done to serve as soon as there is a channel.
pub(crate) fn waiting() {
    tell(&[NotifyState::Ready, NotifyState::Status("waiting for the channel")]);
}

/// It reads its configuration again; [`ready`] tells when that is done.
pub(crate) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(_) => tell(&[NotifyState::Reloading]),
    }
}

/// It is about to end.
pub(crate) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Sleeps, and tells the watchdog before and meanwhile that whoever sleeps is well.
pub(crate) fn pause(time: Duration) {
    let Some(interval) = interval() else { return thread::sleep(time) };
    let until = Instant::now() + time;
    while Instant::now() < until {
        tell(&[NotifyState::Watchdog]);
        thread::sleep(interval.min(until.saturating_duration_since(Instant::now())));
    }
}

/// Tells the watchdog, if one is set, twice in its time that the agent is well: that its supervisor comes round,
/// and finds no session that it cannot look into.
pub(crate) fn tell_watchdog_of(supervisor: &Arc<Supervisor>) {
    let Some(interval) = interval() else { return };
    let supervisor = Arc::clone(supervisor);
    let round = move || {
        loop {
            let start = Instant::now();
            if supervisor.answers_within(interval) {
                tell(&[NotifyState::Watchdog]);
            } else {
                log::error!("the supervisor does not answer the watchdog");
            }
            thread::sleep(interval.saturating_sub(start.elapsed()));
        }
    };
    if let Err(error) = thread::Builder::new().name("watchdog".to_owned()).spawn(round) {
        log::error!("the watchdog is told nothing: {}", strerror(&error));
    }
}

/// Half the time after which a watchdog takes silence for death.
fn interval() -> Option<Duration> {
    watchdog_enabled().map(|limit| limit / 2).filter(|interval| !interval.is_zero())
}

/// Nothing happens where nobody has asked.
fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = notify(states) {
        log::warn!("the service manager is not told: {}", strerror(&error));
    }
}
