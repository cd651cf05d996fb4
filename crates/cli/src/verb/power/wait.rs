//! Waiting for a guest to go, and to come back. All that can be seen from here is whether its agent answers.

use crate::args::Common;
use crate::failure::{Late, is_silence};
use qga_client::{Error, Options};
use std::io::ErrorKind;
use std::thread;
use std::time::{Duration, Instant};

/// How long a single look may take, and how long to wait before the next.
const LOOK: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(100);
/// An agent that has not answered for so long is gone, though its channel is still there.
const SILENCE: Duration = Duration::from_secs(5);

/// What was seen of a guest's end.
pub(super) enum Gone {
    ChannelClosed,
    AgentSilent,
}

impl Gone {
    pub(super) fn text(&self) -> &'static str {
        match self {
            Gone::ChannelClosed => "The guest is off: its channel is closed.",
            Gone::AgentSilent => "The agent is gone; the guest's channel is still there.",
        }
    }
}

pub(super) fn until_gone(common: &Common, max: Duration) -> anyhow::Result<Gone> {
    let deadline = Instant::now() + max;
    let mut last_heard = Instant::now();
    while Instant::now() < deadline {
        match look(common) {
            Ok(()) => last_heard = Instant::now(),
            Err(error) if is_not_connected(&error) => return Ok(Gone::AgentSilent),
            Err(error) if matches!(error.downcast_ref(), Some(Error::Unreachable { .. })) => {
                return Ok(Gone::ChannelClosed);
            }
            Err(_) if last_heard.elapsed() >= SILENCE => return Ok(Gone::AgentSilent),
            Err(error) if is_silence(&error) => {}
            Err(error) => return Err(error),
        }
        thread::sleep(PAUSE);
    }
    Err(Late(format!("the agent still answers after {} s", max.as_secs_f64())).into())
}

/// Whether libvirt says that the guest runs, and its agent does not any more: one of the first things that a system
/// stops on its way down.
fn is_not_connected(error: &anyhow::Error) -> bool {
    let Some(Error::Unreachable { source, .. }) = error.downcast_ref() else { return false };
    source.kind() == ErrorKind::NotConnected
}

pub(super) fn until_back(common: &Common, max: Duration) -> anyhow::Result<()> {
    let deadline = Instant::now() + max;
    while Instant::now() < deadline {
        if look(common).is_ok() {
            return Ok(());
        }
        thread::sleep(PAUSE);
    }
    Err(Late(format!("the agent is not back after {} s", max.as_secs_f64())).into())
}

/// Whether the agent answers.
fn look(common: &Common) -> anyhow::Result<()> {
    common.connect_within(Options { timeout: LOOK, ..common.options() }).map(drop)
}
