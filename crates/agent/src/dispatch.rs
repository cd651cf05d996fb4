//! From a value that came in to the line that goes out.
//!
//! Whether a command may be used is asked here and nowhere else, at the moment it is about to run: what
//! stood before it in the queue may have frozen the filesystems.

mod trail;

use crate::agent::{Agent, MOST_ABANDONED};
use crate::audit::Number;
use crate::command::Run;
use crate::fault::Fault;
use crate::need::Need;
use crate::policy::{Decision, Policy};
use qga_transport::Peer;
use qga_wire::audit::Told;
use qga_wire::decode::{self, ArgumentError};
use qga_wire::json::{Line, Node, Parser, SyntaxError, Value, WriteError};
use qga_wire::list::{Sync, SyncDelimited};
use qga_wire::reply::{self, Failure};
use qga_wire::{Command, Declaration, Effect, envelope, list};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use trail::Trail;

/// A request that has been read, or what is to be told instead; it holds nothing of the buffer it came from.
pub struct Call {
    id: Option<Value>,
    what: What,
    size: usize,
}

enum What {
    /// Nothing to run: the answer stands.
    Answered(Failure),
    /// There is no such command.
    Unknown(String),
    Command(&'static Declaration, Result<Work, ArgumentError>),
}

/// What is to be told of a request that was carried out.
pub struct Reply {
    id: Option<Value>,
    answer: Result<Answer, Failure>,
}

type Work = Box<dyn Task + Send>;

/// A command with its arguments.
trait Task {
    /// What an audit may tell of the arguments.
    fn told(&self) -> String;

    /// Whether it may touch what it would touch, as far as that can be said beforehand.
    fn ask(&self, policy: &Policy) -> Result<(), Fault>;

    /// Carries it out.
    fn run(self: Box<Self>, agent: &Agent) -> Result<Done, Fault>;
}

/// What a command returned.
struct Done {
    answer: Answer,
    /// What an audit tells of it.
    number: Option<Number>,
}

/// Appends what a command returned to the line, with the `id`.
type Answer = Box<dyn FnOnce(&mut Line<'_>, Option<&Value>) -> Result<(), WriteError>>;

impl<C: Run> Task for C {
    fn told(&self) -> String {
        let mut told = Told::default();
        self.tell(&mut told);
        told.into_json()
    }

    fn ask(&self, policy: &Policy) -> Result<(), Fault> {
        Ok(policy.judge(&C::DECLARATION, self.touches())?)
    }

    fn run(self: Box<Self>, agent: &Agent) -> Result<Done, Fault> {
        let returned = Run::run(*self, agent)?;
        let number = C::number(&returned);
        let answer: Answer = if C::DECLARATION.silent {
            Box::new(|_, _| Ok(()))
        } else {
            Box::new(move |line, id| reply::success(line, C::LED_BY, &returned, id))
        };
        Ok(Done { answer, number })
    }
}

struct Entry {
    declaration: &'static Declaration,
    decode: fn(Option<Node<'_>>) -> Result<Work, ArgumentError>,
    needs: &'static [Need],
    foresee: fn(Option<Node<'_>>, &Policy) -> Result<Decision, ArgumentError>,
}

macro_rules! entries {
    ($($command:ident),* $(,)?) => {
        const ENTRIES: &[Entry] = &[$(Entry::of::<list::$command>()),*];
    };
}

qga_wire::for_each_command!(entries);

impl Entry {
    const fn of<C: Run>() -> Entry {
        Entry {
            declaration: &C::DECLARATION,
            decode: decode::<C>,
            needs: C::NEEDS,
            foresee: foresee_command::<C>,
        }
    }
}

fn decode<C: Run>(arguments: Option<Node<'_>>) -> Result<Work, ArgumentError> {
    let command: C = decode::arguments(arguments)?;
    Ok(Box::new(command))
}

/// What the commands need that `permits` lets through.
pub(crate) fn needs(permits: impl Fn(&Declaration) -> bool) -> BTreeSet<Need> {
    let permitted = ENTRIES.iter().filter(|entry| permits(entry.declaration));
    permitted.flat_map(|entry| entry.needs).copied().collect()
}

/// What `policy` says of the request in `line`; an error tells why it is none.
pub(crate) fn foresee(line: &[u8], policy: &Policy) -> Result<Decision, String> {
    let mut parser = Parser::new();
    parser.feed(line);
    parser.feed(b"\n");
    let node = parser.next().ok_or("it is not complete")?.map_err(|error| error.to_string())?;
    let request = envelope::open(node).map_err(|refusal| refusal.text)?;
    let entry = entry(&request.command).ok_or_else(|| format!("there is no command {}", request.command))?;
    (entry.foresee)(request.arguments, policy).map_err(|error| error.to_string())
}

fn foresee_command<C: Run>(arguments: Option<Node<'_>>, policy: &Policy) -> Result<Decision, ArgumentError> {
    let command: C = decode::arguments(arguments)?;
    Ok(policy.foresee(&C::DECLARATION, command.touches()))
}

fn entry(name: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.declaration.name == name)
}

impl Call {
    /// What a value asks for. Nothing is done yet.
    pub fn read(node: Node<'_>) -> Call {
        let request = match envelope::open(node) {
            Ok(request) => request,
            Err(refusal) => return Call::answered(refusal.id, Fault::new(refusal.text)),
        };
        let Some(entry) = entry(&request.command) else {
            let what = What::Unknown(request.command.into_owned());
            return Call { id: request.id, what, size: 0 };
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
            What::Answered(_) | What::Unknown(_) | What::Command(_, Err(_)) => true,
            What::Command(command, Ok(_)) => {
                command.while_frozen && matches!(command.effect, Effect::Basic | Effect::Read)
            }
        }
    }

    /// Carries it out for `peer`.
    pub fn run(self, agent: &Agent, peer: &Arc<Peer>) -> Reply {
        let answer = match self.what {
            What::Answered(failure) => Err(failure),
            What::Unknown(name) => {
                let fault = Fault::NotFound(name.clone());
                Trail::of_unknown(agent, peer, name).end(Err(fault))
            }
            What::Command(command, work) => {
                let permission = ask(agent, command, work.as_deref().ok());
                let trail = Trail::of(agent, peer, command, work.as_deref().ok(), permission.is_err());
                let done = permission.and_then(|()| guarded(agent, command, work));
                if let Err(Fault::Refused(refused)) = &done {
                    agent.policy().note(refused);
                }
                trail.end(done)
            }
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
) -> Result<Done, Fault> {
    if !command.while_frozen && agent.abandoned.load(Ordering::Relaxed) >= MOST_ABANDONED {
        return Err(Fault::new(format!(
            "{MOST_ABANDONED} commands hang in this guest: {} is refused",
            command.name
        )));
    }
    let work = work?;
    catch_unwind(AssertUnwindSafe(|| work.run(agent))).unwrap_or_else(|_| {
        log::error!("{} panicked", command.name);
        Err(Fault::new(format!("{} failed by an error in the agent", command.name)))
    })
}

/// Asks whether the command may be used now, as [`Agent::allows`] says it, and so; without a `task` its
/// arguments make no sense.
fn ask(agent: &Agent, command: &'static Declaration, task: Option<&(dyn Task + Send)>) -> Result<(), Fault> {
    if agent.is_frozen() {
        return if command.while_frozen { Ok(()) } else { Err(Fault::Disabled(command.name)) };
    }
    let policy = agent.policy();
    policy.admit(command)?;
    task.map_or(Ok(()), |task| task.ask(&policy))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Audit, Level};
    use crate::config::Config;
    use qga_platform::{Os, Root, fake};
    use qga_transport::{Process, VsockAddress};

    const DENIED: &str = "guest-file-open";

    fn agent(level: Level) -> Agent {
        let os = Os {
            root: Root::at("/no/such/root"),
            clock: Box::new(fake::Clock::default()),
            programs: Box::new(fake::Programs::default()),
            filesystems: Box::new(fake::Filesystems::default()),
            ..Os::system()
        };
        let config = Config { block_rpcs: vec![DENIED.to_owned()], ..Config::default() };
        let (policy, _) = Policy::of(&config, &os.root);
        let freeze = crate::Freeze::new(crate::Rules::default(), Box::new(()), None);
        Agent::new(os, policy, Box::new(|| Ok(0)), freeze).with_audit(Audit::silent(level))
    }

    fn carry_out(agent: &Agent, peer: &Arc<Peer>, request: &str) {
        let mut parser = Parser::new();
        parser.feed(request.as_bytes());
        Call::read(parser.next().unwrap().unwrap()).run(agent, peer);
    }

    fn lines(level: Level, peer: Peer, requests: &[&str]) -> Vec<String> {
        let agent = agent(level);
        let peer = Arc::new(peer);
        for request in requests {
            carry_out(&agent, &peer, request);
        }
        let duration = |line: &str| line.rsplit_once(", \"duration-us\": ").unwrap().0.to_owned();
        let taken = agent.audit.taken();
        taken.iter().map(|record| duration(str::from_utf8(&record.json()).unwrap())).collect()
    }

    const REQUESTS: &[&str] = &[
        "{'execute': 'guest-ping'}",
        "{'execute': 'guest-exec-status', 'arguments': {'pid': 1}}",
        "{'execute': 'guest-set-time', 'arguments': {'time': 1800000000000000000}}",
        "{'execute': 'guest-set-time', 'arguments': {'time': 'x'}}",
        "{'execute': 'guest-file-open', 'arguments': {'path': '/a'}}",
        "{'execute': 'guest-no-such'}",
        "{'execute': 7}",
    ];

    #[test]
    fn what_changes_something_and_what_is_refused_is_recorded() {
        let head = "{\"time\": \"1970-01-01T00:00:00.000000Z\", \"channel\": \"unix-listen\", \
                    \"peer\": {\"pid\": 12, \"uid\": 0}, \"command\": ";
        let process = Peer::Unix(Some(Process { pid: 12, uid: 0 }));
        let expected = [
            "\"guest-set-time\", \"arguments\": {\"time\": 1800000000000000000}, \"result\": \"ok\"",
            "\"guest-set-time\", \"result\": \"error\", \"class\": \"GenericError\", \
             \"desc\": \"Invalid parameter type for 'time', expected: integer\"",
            "\"guest-file-open\", \"arguments\": {\"path\": \"/a\"}, \"result\": \"refused\", \
             \"class\": \"CommandNotFound\", \
             \"desc\": \"Command guest-file-open has been disabled: the command is not allowed\", \"rule\": \"block-rpcs\"",
            "\"guest-no-such\", \"result\": \"refused\", \"class\": \"CommandNotFound\", \
             \"desc\": \"The command guest-no-such has not been found\"",
        ];
        let found = lines(Level::Changes, process, REQUESTS);
        let rest: Vec<_> = found.iter().map(|line| line.split_once("\"command\": ").unwrap().1).collect();
        assert_eq!(rest, expected);
        assert!(found[0].starts_with(head), "{}", found[0]);
    }

    #[test]
    fn the_owner_decides_how_much_is_recorded() {
        let vsock = || Peer::Vsock(VsockAddress { cid: 2, port: 7 });
        let count = |level| lines(level, vsock(), REQUESTS).len();
        assert_eq!((count(Level::None), count(Level::Changes), count(Level::All)), (0, 4, 6));
        assert!(lines(Level::All, vsock(), REQUESTS)[0].contains("\"peer\": {\"cid\": 2, \"port\": 7}"));
    }
}
