//! From a value that came in to the line that goes out.
//!
//! Whether a command may be used is asked here and nowhere else, at the moment it is about to run: what
//! stood before it in the queue may have frozen the filesystems.

use crate::agent::{Agent, MOST_ABANDONED};
use crate::command::Run;
use crate::fault::Fault;
use crate::need::Need;
use qga_wire::decode::{self, ArgumentError};
use qga_wire::json::{Line, Node, SyntaxError, Value, WriteError};
use qga_wire::list::{Sync, SyncDelimited};
use qga_wire::reply::{self, Failure};
use qga_wire::{Command, Declaration, Effect, envelope, list};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;

/// A request that has been read, or what is to be told instead; it holds nothing of the buffer it came from.
pub struct Call {
    id: Option<Value>,
    what: What,
    size: usize,
}

enum What {
    /// Nothing to run: the answer stands.
    Answered(Failure),
    Command(&'static Declaration, Result<Work, ArgumentError>),
}

/// What is to be told of a request that was carried out.
pub struct Reply {
    id: Option<Value>,
    answer: Result<Answer, Failure>,
}

/// A command with its arguments.
type Work = Box<dyn FnOnce(&Agent) -> Result<Answer, Fault> + Send>;

/// What a command returned. Appends itself to the line, with the `id`.
type Answer = Box<dyn FnOnce(&mut Line<'_>, Option<&Value>) -> Result<(), WriteError>>;

struct Entry {
    declaration: &'static Declaration,
    decode: fn(Option<Node<'_>>) -> Result<Work, ArgumentError>,
    needs: &'static [Need],
}

macro_rules! entries {
    ($($command:ident),* $(,)?) => {
        const ENTRIES: &[Entry] = &[$(Entry::of::<list::$command>()),*];
    };
}

qga_wire::for_each_command!(entries);

impl Entry {
    const fn of<C: Run>() -> Entry {
        Entry { declaration: &C::DECLARATION, decode: decode::<C>, needs: C::NEEDS }
    }
}

fn decode<C: Run>(arguments: Option<Node<'_>>) -> Result<Work, ArgumentError> {
    let command: C = decode::arguments(arguments)?;
    Ok(Box::new(|agent| {
        let returned = command.run(agent)?;
        if C::DECLARATION.silent {
            return Ok(Box::new(|_, _| Ok(())));
        }
        Ok(Box::new(move |line, id| reply::success(line, C::LED_BY, &returned, id)))
    }))
}

/// What the commands need that `permits` lets through.
pub(crate) fn needs(permits: impl Fn(&Declaration) -> bool) -> BTreeSet<Need> {
    let permitted = ENTRIES.iter().filter(|entry| permits(entry.declaration));
    permitted.flat_map(|entry| entry.needs).copied().collect()
}

impl Call {
    /// What a value asks for. Nothing is done yet.
    pub fn read(node: Node<'_>) -> Call {
        let request = match envelope::open(node) {
            Ok(request) => request,
            Err(refusal) => return Call::answered(refusal.id, Fault::new(refusal.text)),
        };
        let Some(entry) = ENTRIES.iter().find(|entry| entry.declaration.name == request.command) else {
            return Call::answered(request.id, Fault::NotFound(request.command.into_owned()));
        };
        let work = (entry.decode)(request.arguments);
        Call { id: request.id, what: What::Command(entry.declaration, work), size: node.text_size() }
    }

    /// What is told about input that is no JSON.
    pub fn malformed(error: &SyntaxError) -> Call {
        Call::answered(None, Fault::new(error.to_string()))
    }

    fn answered(id: Option<Value>, fault: Fault) -> Call {
        Call { id, what: What::Answered(fault.into()), size: 0 }
    }

    /// How many bytes it holds, roughly.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Whether this asks for a new beginning: it may overtake a command that hangs.
    pub fn is_sync(&self) -> bool {
        matches!(&self.what, What::Command(command, Ok(_)) if [Sync::NAME, SyncDelimited::NAME].contains(&command.name))
    }

    /// Whether it is done without asking the system for anything, and so cannot hang.
    pub fn is_prompt(&self) -> bool {
        match &self.what {
            What::Answered(_) | What::Command(_, Err(_)) => true,
            What::Command(command, Ok(_)) => {
                command.while_frozen && matches!(command.effect, Effect::Basic | Effect::Read)
            }
        }
    }

    /// Carries it out.
    pub fn run(self, agent: &Agent) -> Reply {
        let answer = match self.what {
            What::Answered(failure) => Err(failure),
            What::Command(command, work) => guarded(agent, command, work).map_err(|fault| {
                log::debug!("{}: {fault:?}", command.name);
                fault.into()
            }),
        };
        Reply { id: self.id, answer }
    }
}

impl Reply {
    /// Appends what is to be told, if anything, to `line`.
    pub fn write(self, line: &mut Line<'_>) {
        let id = self.id.as_ref();
        let written = self.answer.and_then(|answer| {
            answer(line, id).map_err(|error| Failure::from(Fault::new(error.to_string())))
        });
        if let Err(failure) = written {
            reply::failure(line.bytes, &failure, id);
        }
    }
}

fn guarded(
    agent: &Agent,
    command: &'static Declaration,
    work: Result<Work, ArgumentError>,
) -> Result<Answer, Fault> {
    ask(agent, command)?;
    if !command.while_frozen && agent.abandoned.load(Ordering::Relaxed) >= MOST_ABANDONED {
        return Err(Fault::new(format!(
            "{MOST_ABANDONED} commands hang in this guest: {} is refused",
            command.name
        )));
    }
    let work = work?;
    catch_unwind(AssertUnwindSafe(|| work(agent))).unwrap_or_else(|_| {
        log::error!("{} panicked", command.name);
        Err(Fault::new(format!("{} failed by an error in the agent", command.name)))
    })
}

/// Asks whether the command may be used now, as [`Agent::allows`] says it.
fn ask(agent: &Agent, command: &'static Declaration) -> Result<(), Fault> {
    if agent.allows(command) {
        return Ok(());
    }
    if agent.is_frozen() {
        return Err(Fault::Disabled(command.name));
    }
    let policy = agent.policy();
    Err(policy.refuse(command, &policy.decision(command).rule))
}
