//! What goes on beside a freeze: a thread that listens to the guardian, and keeps the deadline itself when
//! there is none.

use super::{Freeze, Moment, Thaw, thaw_all};
use crate::fault::Fault;
use crate::guardian::{Guardian, Notice, Plan};
use qga_platform::mounts::{self, Mount};
use qga_platform::{Os, strerror};
use qga_wire::family::freeze::FreezeEnd;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// How long a guardian may take to thaw all: longer than it waits for each, after which it tells what it has.
const THAW_PATIENCE: Duration = Duration::from_secs(15);

/// How many guardians are started for one freeze. If that many do not last, neither will the next.
const MOST_GUARDIANS: usize = 4;

/// A freeze that is watched over.
pub(super) struct Watched {
    /// Tells it from the freeze before.
    number: u64,
    guardian: Option<Arc<dyn Guardian>>,
}

impl Watched {
    /// Nothing is frozen any more.
    pub(super) fn dismiss(self) {
        if let Some(guardian) = self.guardian {
            guardian.dismiss();
        }
    }
}

/// A watch that waits for what is to be frozen. It ends when that is never said.
pub(super) struct Watching {
    mount_points: mpsc::Sender<Vec<PathBuf>>,
    answers: mpsc::Receiver<Result<(), String>>,
}

/// Has the guardian thaw, if there is one: it goes on if this process is killed meanwhile. Not all kernels cope with
/// that; btrfs, whose reading of its superblock is interrupted, becomes read-only. Tells how many were frozen.
pub(super) fn thaw(freeze: &Freeze) -> usize {
    let guardian = {
        let mut progress = freeze.progress();
        progress.thawed = None;
        progress.watched.as_ref().and_then(|watched| watched.guardian.clone())
    };
    let Some(guardian) = guardian else { return 0 };
    guardian.thaw();
    let (mut progress, until) = (freeze.progress(), Instant::now() + THAW_PATIENCE);
    while progress.thawed.is_none() {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            log::error!("the guardian does not thaw");
            return 0;
        }
        (progress, _) = freeze.changed.wait_timeout(progress, left).unwrap_or_else(PoisonError::into_inner);
    }
    progress.thawed.take().unwrap_or_default()
}

struct Watch {
    freeze: Arc<Freeze>,
    os: Arc<Os>,
    number: u64,
    state: State,
    mount_points: Vec<PathBuf>,
    began: Instant,
}

/// Whether a freeze is about to begin, or is there already, of which there is a mark then.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Begins,
    Stands,
}

/// Begins to watch over a freeze; the hook may run when this returns. An error if it would have no guardian.
pub(super) fn begin(freeze: &Arc<Freeze>, os: &Arc<Os>, state: State) -> Result<Watching, Fault> {
    let (freeze, os) = (Arc::clone(freeze), Arc::clone(os));
    let number = freeze.next_number();
    let ((told, answers), (mount_points, is_told)) = (mpsc::channel(), mpsc::channel());
    // A guardian takes the end of the thread that started it for that of the agent, so one thread does it all.
    let watch = Watch { freeze, os, number, state, mount_points: Vec::new(), began: Instant::now() };
    let spawned = thread::Builder::new().name("freeze".to_owned()).spawn(move || watch.run(&is_told, &told));
    spawned.map_err(|error| Fault::new(format!("cannot watch over the freeze: {}", strerror(&error))))?;
    let watching = Watching { mount_points, answers };
    watching.answer()?;
    Ok(watching)
}

impl Watching {
    /// Has the guardian get ready to thaw these; they may be frozen when this returns.
    pub(super) fn guard(&self, mounts: &[Mount]) -> Result<(), Fault> {
        // One that has ended gives no answer either.
        let _ = self.mount_points.send(mounts.iter().map(|mount| mount.mount_point.clone()).collect());
        self.answer()
    }

    fn answer(&self) -> Result<(), Fault> {
        let ended = |_| Err("the watch over the freeze ended".to_owned());
        self.answers.recv().unwrap_or_else(ended).map_err(Fault::new)
    }
}

impl Watch {
    fn run(mut self, mount_points: &mpsc::Receiver<Vec<PathBuf>>, told: &mpsc::Sender<Result<(), String>>) {
        let guardian = match self.start_guardian() {
            Ok(guardian) => guardian,
            Err(reason) => return answer(told, Err(reason)),
        };
        let watched = Watched { number: self.number, guardian: guardian.clone() };
        self.freeze.progress().watched = Some(watched);
        answer(told, Ok(()));
        let Ok(mount_points) = mount_points.recv() else { return };
        (self.mount_points, self.began) = (mount_points, Instant::now());
        let Some(guardian) = guardian else {
            answer(told, Ok(()));
            return self.keep_the_deadline();
        };
        let guarded = guardian.guard(&self.plan());
        let is_ready = guarded.is_ok();
        answer(told, guarded);
        if is_ready {
            self.state = State::Stands;
            self.listen(guardian);
        }
    }

    fn start_guardian(&self) -> Result<Option<Arc<dyn Guardian>>, String> {
        self.freeze.guardians.as_ref().map(|guardians| guardians.start(&self.freeze.rules())).transpose()
    }

    fn plan(&self) -> Plan {
        let limit = self.freeze.rules().limit.map(|limit| limit.saturating_sub(self.began.elapsed()));
        let stands = self.state == State::Stands;
        Plan { mount_points: self.mount_points.clone(), limit, stands }
    }

    fn listen(&self, mut guardian: Arc<dyn Guardian>) {
        let mut count = 1;
        loop {
            match guardian.hear() {
                Some(Notice::Deadline) => self.end_the_freeze(Some(&*guardian)),
                Some(Notice::Thawed(count)) => self.note_thawed(count),
                Some(_) => {}
                None if self.is_over() => return,
                None => match self.replace(&mut count) {
                    Some(next) => guardian = next,
                    None => return self.keep_the_deadline(),
                },
            }
        }
    }

    fn note_thawed(&self, count: usize) {
        self.freeze.progress().thawed = Some(count);
        self.freeze.changed.notify_all();
    }

    /// A thaw need not wait for it.
    fn forget_guardian(&self) {
        if let Some(watched) = &mut self.freeze.progress().watched {
            watched.guardian = None;
        }
        self.note_thawed(0);
    }

    /// Starts another guardian in the place of one that is gone.
    fn replace(&self, count: &mut usize) -> Option<Arc<dyn Guardian>> {
        self.forget_guardian();
        log::error!("the guardian of the freeze is gone");
        if *count == MOST_GUARDIANS {
            log::error!("{MOST_GUARDIANS} guardians are gone: the freeze goes on without one");
            return None;
        }
        *count += 1;
        let guardian = self.start_another().inspect_err(|reason| log::error!("{reason}")).ok().flatten()?;
        let mut progress = self.freeze.progress();
        match &mut progress.watched {
            Some(watched) if watched.number == self.number => watched.guardian = Some(Arc::clone(&guardian)),
            _ => {
                drop(progress);
                guardian.dismiss();
            }
        }
        Some(guardian)
    }

    fn start_another(&self) -> Result<Option<Arc<dyn Guardian>>, String> {
        let Some(guardian) = self.start_guardian()? else { return Ok(None) };
        guardian.guard(&self.plan())?;
        Ok(Some(guardian))
    }

    /// Waits for the end of the freeze, until the deadline at the latest.
    fn keep_the_deadline(&self) {
        let mut progress = self.freeze.progress();
        while progress.watched.as_ref().is_some_and(|watched| watched.number == self.number) {
            let changed = &self.freeze.changed;
            let Some(limit) = progress.rules.limit else {
                progress = changed.wait(progress).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = limit.saturating_sub(self.began.elapsed());
            if left.is_zero() {
                drop(progress);
                return self.end_the_freeze(None);
            }
            (progress, _) = changed.wait_timeout(progress, left).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The deadline has passed: thaws as the host would, unless it is doing so.
    ///
    /// A guardian has begun to thaw; what a freeze has frozen after that is left to the agent.
    fn end_the_freeze(&self, guardian: Option<&dyn Guardian>) {
        if self.is_over() {
            return;
        }
        let thaw = Thaw::begin(&self.freeze);
        if let Some(guardian) = guardian {
            guardian.take_over();
        }
        match mounts::list(&self.os.root) {
            Ok(mounts) => {
                thaw_all(&self.os, &mounts, thaw.passed_over.as_deref());
            }
            Err(error) => log::error!("{error}"),
        }
        let hook_is_run = guardian.is_some_and(|guardian| self.hears_that_the_hook_is_run(guardian));
        let hangs = self.freeze.progress().freezing;
        let news = !hangs && self.freeze.end(&self.os, FreezeEnd::Deadline);
        if !hangs && !news {
            return;
        }
        self.report();
        let is_due = self.freeze.progress().hook.is_due_at_thaw();
        if is_due && !hook_is_run {
            // What went wrong is in the log; there is nobody to answer.
            let _ = self.freeze.run_hook(&self.os, Moment::Thaw);
        }
    }

    fn hears_that_the_hook_is_run(&self, guardian: &dyn Guardian) -> bool {
        loop {
            match guardian.hear() {
                Some(Notice::Thawed(count)) => self.note_thawed(count),
                notice => return notice == Some(Notice::Mine),
            }
        }
    }

    fn report(&self) {
        let limit = self.freeze.rules().limit.unwrap_or(Duration::ZERO).as_secs();
        let stood = self.began.elapsed().as_secs();
        log::error!(
            "filesystems were thawed because the host had not done so after {stood} seconds, and {limit} is the \
             limit: what it has copied since may be inconsistent"
        );
    }

    fn is_over(&self) -> bool {
        self.freeze.progress().watched.as_ref().is_none_or(|watched| watched.number != self.number)
    }
}

fn answer(ready: &mpsc::Sender<Result<(), String>>, outcome: Result<(), String>) {
    // Who waits for it has not gone: there is no time limit.
    let _ = ready.send(outcome);
}
