use super::words::Order;
use super::{ARGUMENT, Guardian, Guardians, Notice, Plan};
use crate::freeze::Rules;
use qga_platform::guardian::{Heard, Line, Started};
use qga_platform::strerror;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
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
}

/// One of them.
struct Running {
    started: Started,
    mark: PathBuf,
}

impl Guardians for GuardianProcess {
    fn start(&self, rules: &Rules) -> Result<Arc<dyn Guardian>, String> {
        let started = Started::new(&self.program, ARGUMENT).map_err(|error| none(&error))?;
        let running = Running { started, mark: self.mark.clone() };
        let hook = rules.hook().map(|hook| Order::Hook(hook.to_owned()));
        let orders = [hook, rules.hook_limit.map(Order::HookLimit), Some(Order::Prepare)];
        running.instruct(orders.into_iter().flatten())?;
        Ok(Arc::new(running))
    }
}

fn none(error: &io::Error) -> String {
    format!("cannot start a guardian for the freeze: {}", strerror(error))
}

impl Running {
    /// Tells it all of that, and waits until it is ready. One that does not get ready is given up.
    fn instruct(&self, orders: impl Iterator<Item = Order>) -> Result<(), String> {
        match ask(&self.started.line, orders) {
            Ok(Notice::Ready) => Ok(()),
            Ok(Notice::Failed(reason)) => Err(reason),
            Ok(other) => Err(format!("the guardian for the freeze says '{other:?}'")),
            Err(error) => {
                if let Err(error) = self.started.give_up() {
                    log::error!("the guardian cannot be killed: {}", strerror(&error));
                }
                Err(none(&error))
            }
        }
    }
}

fn ask(line: &Line, mut orders: impl Iterator<Item = Order>) -> io::Result<Notice> {
    orders.try_for_each(|order| line.say(&order.message()))?;
    match line.hear(Some(Instant::now() + PATIENCE))? {
        Heard::Message(message) => {
            Notice::parse(&message).ok_or_else(|| io::Error::other("it is of another release"))
        }
        Heard::Silence => Err(io::Error::other(format!("it is not ready after {PATIENCE:?}"))),
        Heard::Dying | Heard::Gone => Err(io::Error::other("it has ended at once")),
    }
}

impl Guardian for Running {
    fn guard(&self, plan: &Plan) -> Result<(), String> {
        let mark = self.mark.clone();
        let mark = if plan.stands { Order::Marked(mark) } else { Order::Mark(mark) };
        let rest = [Some(mark), plan.limit.map(Order::Limit), Some(Order::Begin)];
        let mounts = plan.mount_points.iter().cloned().map(Order::Mount);
        self.instruct(mounts.chain(rest.into_iter().flatten()))
    }

    fn hear(&self) -> Option<Notice> {
        loop {
            match self.started.line.hear(None) {
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

    fn thaw(&self) {
        self.tell(&Order::Thaw);
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
        if let Err(error) = self.started.line.say(&order.message()) {
            // One that is gone is noticed by who listens to it.
            log::debug!("the guardian is not told '{order:?}': {}", strerror(&error));
        }
    }
}
