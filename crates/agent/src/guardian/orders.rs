//! What a guardian hears before the freeze, and how the two talk.

use super::words::{Notice, Order};
use crate::freeze::{Moment, hook};
use crate::logging::PROGRAM;
use qga_platform::guardian::{Heard, Line};
use qga_platform::helper::{Programs, SystemPrograms};
use qga_platform::{Syslog, strerror};
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// All that is said before the freeze.
#[derive(Default)]
pub(super) struct Orders {
    pub(super) mount_points: Vec<PathBuf>,
    pub(super) mark: PathBuf,
    pub(super) sets_mark: bool,
    pub(super) hook: Hook,
    pub(super) limit: Option<Duration>,
}

/// The owner's program, if there is one.
#[derive(Default)]
pub(super) struct Hook {
    path: Option<PathBuf>,
    limit: Option<Duration>,
}

/// What comes after the orders.
pub(super) enum Start {
    /// A freeze.
    Freeze(Orders),
    /// Nothing is to be frozen.
    Dismissed,
    /// The agent ended when its hook had begun, or was about to.
    Gone(Hook),
}

impl Orders {
    pub(super) fn hear(line: &Line) -> io::Result<Start> {
        let mut orders = Orders::default();
        loop {
            match hear(line, None)? {
                Word::Order(Order::Hook(path)) => orders.hook.path = Some(path),
                Word::Order(Order::HookLimit(limit)) => orders.hook.limit = Some(limit),
                Word::Order(Order::Prepare) => tell(line, &Notice::Ready),
                Word::Order(Order::Mount(path)) => orders.mount_points.push(path),
                Word::Order(Order::Mark(path)) => (orders.mark, orders.sets_mark) = (path, true),
                Word::Order(Order::Marked(path)) => orders.mark = path,
                Word::Order(Order::Limit(limit)) => orders.limit = Some(limit),
                Word::Order(Order::Begin) => return Ok(Start::Freeze(orders)),
                Word::Order(Order::Done) => return Ok(Start::Dismissed),
                Word::Gone => return Ok(Start::Gone(orders.hook)),
                // Its end is heard of when its last thread is gone.
                Word::Dying => {}
                other => return Err(io::Error::other(format!("before the freeze the agent says {other:?}"))),
            }
        }
    }
}

impl Hook {
    /// Tells it that all is thawed.
    pub(super) fn run(&self) {
        let Some(path) = &self.path else { return };
        if let Err(failure) = SystemPrograms.run(&hook(path, Moment::Thaw, self.limit)) {
            report(&failure.to_string());
        }
    }
}

#[derive(Debug)]
pub(super) enum Word {
    Order(Order),
    Silence,
    Dying,
    Gone,
}

pub(super) fn hear(line: &Line, until: Option<Instant>) -> io::Result<Word> {
    loop {
        return Ok(match line.hear(until)? {
            Heard::Message(message) => match Order::parse(&message) {
                Some(order) => Word::Order(order),
                None => continue,
            },
            Heard::Silence => Word::Silence,
            Heard::Dying => Word::Dying,
            Heard::Gone => Word::Gone,
        });
    }
}

pub(super) fn tell(line: &Line, notice: &Notice) {
    if let Err(error) = line.say(&notice.message()) {
        // That the agent is gone is heard next.
        log::debug!("the agent is not told '{notice:?}': {}", strerror(&error));
    }
}

/// The agent's log may hang, or be gone: what a guardian has to say goes to the system's.
pub(super) fn report(text: &str) {
    if let Err(error) = Syslog::new().error(PROGRAM, text) {
        log::error!("{text} ({})", strerror(&error));
    }
}
