//! What the guardian does: nothing, for as long as all goes well.

use super::orders::{Hook, Orders, Start, Word, hear, report, tell};
use super::words::{Notice, Order};
use crate::state::FrozenMark;
use qga_platform::freeze::Held;
use qga_platform::guardian::{Line, Protection};
use qga_platform::{store, strerror};
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
    match Line::inherited().and_then(|line| stand_by(&line)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::error!("{}", strerror(&error));
            ExitCode::FAILURE
        }
    }
}

/// Without a freeze in the end there is no vigil.
fn stand_by(line: &Line) -> io::Result<()> {
    match Orders::hear(line)? {
        Start::Freeze(orders) => Vigil::begin(line, orders)?.keep(line),
        Start::Dismissed => Ok(()),
        Start::Gone(hook) => {
            report("the agent ended before anything was frozen");
            hook.run();
            Ok(())
        }
    }
}

struct Vigil {
    /// One thread for each, so that none waits for another.
    filesystems: Vec<Sender<()>>,
    thawed: Receiver<Thawed>,
    mark: FrozenMark,
    /// An agent that is started meanwhile waits for this to end.
    care: Option<store::Care>,
    hook: Hook,
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

impl Vigil {
    /// Gets ready, and says so.
    fn begin(line: &Line, orders: Orders) -> io::Result<Vigil> {
        let begun = Vigil::prepare(orders);
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
                (Word::Order(Order::Thaw), _) => {
                    let count = self.thaw();
                    tell(line, &Notice::Thawed(count));
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

    /// Thaws all, and waits for those that can be thawed. Tells how many were frozen.
    fn thaw(&mut self) -> usize {
        let mut count = 0;
        let asked = self.filesystems.iter().filter(|filesystem| filesystem.send(()).is_ok()).count();
        let until = Instant::now() + THAW_PATIENCE;
        for _ in 0..asked {
            let told = match self.thawed.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok((mount_point, Ok(true))) => {
                    count += 1;
                    format!("{} thawed", mount_point.display())
                }
                Ok((_, Ok(false))) => continue,
                Ok((_, Err(error))) => error.to_string(),
                Err(_) => {
                    self.story.push(format!("not all have thawed within {THAW_PATIENCE:?}"));
                    break;
                }
            };
            self.story.push(told);
        }
        count
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
        if let Some(Err(error)) = self.protection.take().map(Protection::end) {
            report(&format!("the freeze hook runs with the guardian's protection: {}", strerror(&error)));
        }
        self.hook.run();
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
