use super::words::Order;
use super::{ARGUMENT, Guardian, Guardians, Notice, Plan};
use qga_platform::guardian::{Heard, Line, Started};
use qga_platform::strerror;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// How long it may take a guardian to be ready: a mount point of a sick disk may not open at all.
const PATIENCE: Duration = Duration::from_secs(30);

/// Guardians that are processes.
#[derive(Debug, Clone)]
pub struct GuardianProcess {
    /// What to run: a program that calls [`start::run`](crate::start::run).
    pub program: PathBuf,
    /// The file that tells of the freeze, which a guardian removes when it has ended it.
    pub mark: PathBuf,
    /// The hook, and how long it may take at most.
    pub hook: Option<PathBuf>,
    /// Without end when absent.
    pub hook_limit: Option<Duration>,
}

/// One of them.
struct Running(Started);

impl Guardians for GuardianProcess {
    fn start(&self, plan: &Plan) -> Result<Arc<dyn Guardian>, String> {
        let none = |error: io::Error| format!("cannot start a guardian for the freeze: {}", strerror(&error));
        let started = Started::new(&self.program, ARGUMENT).map_err(none)?;
        match self.instruct(&started.line, plan) {
            Ok(Notice::Ready) => Ok(Arc::new(Running(started))),
            Ok(Notice::Failed(reason)) => Err(reason),
            Ok(other) => Err(format!("the guardian for the freeze says '{other:?}'")),
            Err(error) => {
                give_up(started);
                Err(none(error))
            }
        }
    }
}

/// It may be stuck in the kernel, where no signal reaches it: its end is waited for elsewhere.
fn give_up(started: Started) {
    let spawned = thread::Builder::new().name("burial".to_owned()).spawn(move || started.kill());
    if let Err(error) = spawned {
        log::error!("a guardian that did not get ready is left behind: {}", strerror(&error));
    }
}

impl GuardianProcess {
    fn instruct(&self, line: &Line, plan: &Plan) -> io::Result<Notice> {
        let mounts = plan.mount_points.iter().cloned().map(Order::Mount);
        let mark = self.mark.clone();
        let mark = if plan.stands { Order::Marked(mark) } else { Order::Mark(mark) };
        let rest = [
            Some(mark),
            self.hook.clone().map(Order::Hook),
            self.hook_limit.map(Order::HookLimit),
            plan.limit.map(Order::Limit),
            Some(Order::Begin),
        ];
        for order in mounts.chain(rest.into_iter().flatten()) {
            line.say(&order.message())?;
        }
        match line.hear(Some(Instant::now() + PATIENCE))? {
            Heard::Message(message) => {
                Notice::parse(&message).ok_or_else(|| io::Error::other("it is of another release"))
            }
            Heard::Silence => Err(io::Error::other(format!("it is not ready after {PATIENCE:?}"))),
            Heard::Dying | Heard::Gone => Err(io::Error::other("it has ended at once")),
        }
    }
}

impl Guardian for Running {
    fn hear(&self) -> Option<Notice> {
        loop {
            match self.0.line.hear(None) {
                Ok(Heard::Message(message)) => {
                    if let Some(notice) = Notice::parse(&message) {
                        return Some(notice);
                    }
                }
                Ok(Heard::Silence) => {}
                Ok(Heard::Dying | Heard::Gone) => return None,
                Err(error) => {
                    log::error!("cannot hear the guardian: {}", strerror(&error));
                    return None;
                }
            }
        }
    }

    fn take_over(&self) {
        self.tell(&Order::TakeOver);
    }

    fn dismiss(&self) {
        self.tell(&Order::Done);
    }
}

impl Running {
    fn tell(&self, order: &Order) {
        if let Err(error) = self.0.line.say(&order.message()) {
            // One that is gone is noticed by who listens to it.
            log::debug!("the guardian is not told '{order:?}': {}", strerror(&error));
        }
    }
}
