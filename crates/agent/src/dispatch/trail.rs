use super::{Answer, Done, Task};
use crate::agent::Agent;
use crate::audit::{Outcome, Record};
use crate::fault::Fault;
use qga_platform::time::Nanoseconds;
use qga_transport::Peer;
use qga_wire::Declaration;
use qga_wire::reply::Failure;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a request leaves in the audit. For one that leaves nothing this costs nothing.
pub(super) struct Trail<'a> {
    agent: &'a Agent,
    command: Cow<'static, str>,
    begun: Option<Begun>,
}

struct Begun {
    peer: Arc<Peer>,
    arguments: Option<String>,
    changes: bool,
    time: Nanoseconds,
    start: Instant,
}

impl<'a> Trail<'a> {
    /// That of a request which is about to be carried out, or to be refused. Without a `task` its arguments make
    /// no sense.
    pub(super) fn of(
        agent: &'a Agent,
        peer: &Arc<Peer>,
        command: &'static Declaration,
        task: Option<&(dyn Task + Send)>,
        refused: bool,
    ) -> Trail<'a> {
        let covered = if refused { agent.audit.covers_refusals() } else { agent.audit.covers(command) };
        let begun = covered.then(|| Begun::now(agent, peer, task.map(Task::told), command.changes()));
        Trail { agent, command: Cow::Borrowed(command.name), begun }
    }

    /// That of a request for a command that there is not.
    pub(super) fn of_unknown(agent: &'a Agent, peer: &Arc<Peer>, name: String) -> Trail<'a> {
        let begun = agent.audit.covers_refusals().then(|| Begun::now(agent, peer, None, false));
        Trail { agent, command: Cow::Owned(name), begun }
    }

    /// Leaves what became of it, in the log, too, if it failed.
    pub(super) fn end(self, outcome: Result<Done, Fault>) -> Result<Answer, Failure> {
        let (outcome, answer) = match outcome {
            Ok(Done { answer, number }) => (Outcome::Done(number), Ok(answer)),
            Err(fault) => {
                log::debug!("{}: {fault:?}", self.command);
                let (refused, rule) = (fault.is_refusal(), fault.rule());
                let failure = Failure::from(fault);
                let told = failure.clone();
                let outcome = if refused { Outcome::Refused(told, rule) } else { Outcome::Failed(told) };
                (outcome, Err(failure))
            }
        };
        if let Some(begun) = self.begun {
            self.agent.audit.add(begun.record(self.command, outcome));
        }
        answer
    }
}

impl Begun {
    fn now(agent: &Agent, peer: &Arc<Peer>, arguments: Option<String>, changes: bool) -> Begun {
        // A clock that cannot be read is no reason to leave the rest out.
        let time = agent.os.clock.now().unwrap_or_default();
        Begun { peer: Arc::clone(peer), arguments, changes, time, start: Instant::now() }
    }

    fn record(self, command: Cow<'static, str>, outcome: Outcome) -> Record {
        let duration: Duration = self.start.elapsed();
        let Begun { peer, arguments, changes, time, .. } = self;
        Record { time, peer, command, arguments, outcome, duration, changes }
    }
}
