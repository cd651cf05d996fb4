//! What the guardian does: nothing, for as long as all goes well.

use super::words::{Notice, Order};
use crate::freeze::{Moment, hook};
use crate::logging::PROGRAM;
use crate::state::FrozenMark;
use qga_platform::freeze::Held;
use qga_platform::guardian::{Heard, Line, Protection};
use qga_platform::helper::{Programs, SystemPrograms};
use qga_platform::{Syslog, store, strerror};
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long filesystems may take to thaw before the rest is done without them.
const THAW_PATIENCE: Duration = Duration::from_secs(10);
/// How long an agent may take to answer before it counts as stopped.
const ANSWER_PATIENCE: Duration = Duration::from_secs(5);
/// Thawing calls few functions; the less memory there is to lock.
const STACK_BYTES: usize = 64 << 10;

/// A guardian's life.
pub(crate) fn run() -> ExitCode {
    match Line::inherited().and_then(|line| Vigil::begin(&line)?.keep(&line)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::error!("{}", strerror(&error));
            ExitCode::FAILURE
        }
    }
}

/// All that is said before the freeze.
#[derive(Default)]
struct Orders {
    mount_points: Vec<PathBuf>,
    mark: PathBuf,
    sets_mark: bool,
    hook: Option<PathBuf>,
    hook_limit: Option<Duration>,
    limit: Option<Duration>,
}

struct Vigil {
    /// One thread for each, so that none waits for another.
    filesystems: Vec<Sender<()>>,
    thawed: Receiver<Thawed>,
    mark: FrozenMark,
    /// An agent that is started meanwhile waits for this to end.
    care: Option<store::Care>,
    hook: Option<PathBuf>,
    hook_limit: Option<Duration>,
    began: Instant,
    due: Option<Instant>,
    protection: Option<Protection>,
    stage: Stage,
    /// What was thawed here, and what went wrong with it.
    story: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Watching,
    /// The agent was told of the deadline, and has not answered yet.
    Told,
    /// All that is left to do is the agent's.
    Answered,
    /// All is done.
    Finished,
}

type Thawed = (PathBuf, qga_platform::Result<bool>);

impl Orders {
    fn hear(line: &Line) -> io::Result<Orders> {
        let mut orders = Orders::default();
        loop {
            match hear(line, None)? {
                Word::Order(Order::Mount(path)) => orders.mount_points.push(path),
                Word::Order(Order::Mark(path)) => (orders.mark, orders.sets_mark) = (path, true),
                Word::Order(Order::Marked(path)) => orders.mark = path,
                Word::Order(Order::Hook(path)) => orders.hook = Some(path),
                Word::Order(Order::HookLimit(limit)) => orders.hook_limit = Some(limit),
                Word::Order(Order::Limit(limit)) => orders.limit = Some(limit),
                Word::Order(Order::Begin) => return Ok(orders),
                other => return Err(io::Error::other(format!("before the freeze the agent says {other:?}"))),
            }
        }
    }
}

impl Vigil {
    /// Gets ready, and says so.
    fn begin(line: &Line) -> io::Result<Vigil> {
        let begun = Orders::hear(line).and_then(Vigil::prepare);
        let notice = match &begun {
            Ok(_) => Notice::Ready,
            Err(error) => Notice::Failed(strerror(error)),
        };
        tell(line, &notice);
        begun
    }

    fn prepare(orders: Orders) -> io::Result<Vigil> {
        let (results, thawed) = channel();
        let mut filesystems = Vec::new();
        for mount_point in &orders.mount_points {
            let held = Held::open(mount_point).map_err(|error| io::Error::other(error.to_string()))?;
            filesystems.push(attend(held, results.clone())?);
        }
        let mark = FrozenMark::at(orders.mark);
        if orders.sets_mark {
            // The agent sets it again, and tells its owner why it cannot.
            let _ = mark.set();
        }
        let (protection, refused) = Protection::begin();
        for refusal in refused {
            log::warn!("the guardian {refusal}");
        }
        let began = Instant::now();
        Ok(Vigil {
            filesystems,
            thawed,
            care: mark.care(),
            mark,
            hook: orders.hook,
            hook_limit: orders.hook_limit,
            began,
            due: orders.limit.and_then(|limit| began.checked_add(limit)),
            protection: Some(protection),
            stage: Stage::Watching,
            story: Vec::new(),
        })
    }

    /// Waits until the agent says that nothing is frozen any more, or is gone: until then one of its threads
    /// may freeze something more.
    fn keep(mut self, line: &Line) -> io::Result<()> {
        let mut until = self.due;
        loop {
            match (hear(line, until)?, self.stage) {
                (Word::Order(Order::Done), _) => return Ok(()),
                (Word::Gone, _) => {
                    self.thaw();
                    self.finish("the agent ended");
                    return Ok(());
                }
                (Word::Dying, _) => {
                    self.thaw();
                    until = None;
                }
                (Word::Silence, Stage::Watching) => {
                    tell(line, &Notice::Deadline);
                    self.thaw();
                    self.stage = Stage::Told;
                    until = Some(Instant::now() + ANSWER_PATIENCE);
                }
                (Word::Silence, Stage::Told) => {
                    tell(line, &Notice::Mine);
                    self.finish("the freeze has stood too long, and the agent does not answer");
                    until = None;
                }
                (Word::Order(Order::TakeOver), Stage::Told) => {
                    tell(line, &Notice::Yours);
                    self.stage = Stage::Answered;
                    until = None;
                }
                (Word::Order(_) | Word::Silence, _) => {}
            }
        }
    }

    /// Thaws all, and waits for those that can be thawed.
    fn thaw(&mut self) {
        let asked = self.filesystems.iter().filter(|filesystem| filesystem.send(()).is_ok()).count();
        let until = Instant::now() + THAW_PATIENCE;
        for _ in 0..asked {
            let told = match self.thawed.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok((mount_point, Ok(true))) => format!("{} thawed", mount_point.display()),
                Ok((_, Ok(false))) => continue,
                Ok((_, Err(error))) => error.to_string(),
                Err(_) => {
                    self.story.push(format!("not all have thawed within {THAW_PATIENCE:?}"));
                    return;
                }
            };
            self.story.push(told);
        }
    }

    /// What a thaw has to do besides, once.
    fn finish(&mut self, reason: &str) {
        if self.stage == Stage::Finished {
            return;
        }
        self.stage = Stage::Finished;
        if let Err(error) = self.mark.clear() {
            self.story.push(format!("{} is not removed: {}", self.mark.path().display(), strerror(&error)));
        }
        self.care = None;
        let stood = self.began.elapsed().as_secs();
        let story =
            if self.story.is_empty() { "nothing was frozen".to_owned() } else { self.story.join(", ") };
        report(&format!("{reason}; frozen for {stood} s: {story}"));
        self.run_hook();
    }

    fn run_hook(&mut self) {
        let Some(path) = &self.hook else { return };
        if let Some(Err(error)) = self.protection.take().map(Protection::end) {
            report(&format!("the freeze hook runs with the guardian's protection: {}", strerror(&error)));
        }
        if let Err(failure) = SystemPrograms.run(&hook(path, Moment::Thaw, self.hook_limit)) {
            report(&failure.to_string());
        }
    }
}

/// A thread that thaws the filesystem whenever it is told to.
fn attend(held: Held, results: Sender<Thawed>) -> io::Result<Sender<()>> {
    let (turn, turns) = channel();
    let work = move || {
        for () in turns {
            if results.send((held.mount_point.clone(), held.thaw())).is_err() {
                return;
            }
        }
    };
    thread::Builder::new().name("thaw".to_owned()).stack_size(STACK_BYTES).spawn(work)?;
    Ok(turn)
}

#[derive(Debug)]
enum Word {
    Order(Order),
    Silence,
    Dying,
    Gone,
}

fn hear(line: &Line, until: Option<Instant>) -> io::Result<Word> {
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

fn tell(line: &Line, notice: &Notice) {
    if let Err(error) = line.say(&notice.message()) {
        // That the agent is gone is heard next.
        log::debug!("the agent is not told '{notice:?}': {}", strerror(&error));
    }
}

/// The agent's log may hang, or be gone: what a guardian has to say goes to the system's.
fn report(text: &str) {
    if let Err(error) = Syslog::new().error(PROGRAM, text) {
        log::error!("{text} ({})", strerror(&error));
    }
}
