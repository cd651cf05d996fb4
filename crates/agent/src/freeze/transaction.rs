use super::account::Account;
use super::watch::{self, Watching};
use super::{Freeze, HookState, Moment, thaw_all};
use crate::fault::Fault;
use crate::logging::ACCOUNTING;
use qga_platform::Os;
use qga_platform::freeze::Freezing;
use qga_platform::mounts::{self, Mount};
use qga_wire::family::freeze::FreezeEnd;
use qga_wire::reply::Failure;
use std::collections::HashSet;
use std::ffi::OsStr;
use std::sync::Arc;

type Result<T> = std::result::Result<T, Fault>;

/// A freeze under way: the only one, until it is dropped.
pub(super) struct Transaction<'f> {
    freeze: &'f Arc<Freeze>,
    os: &'f Arc<Os>,
    era: u64,
    /// What is frozen stays so, and is another's to thaw.
    committed: bool,
}

impl<'f> Transaction<'f> {
    pub(super) fn begin(freeze: &'f Arc<Freeze>, os: &'f Arc<Os>) -> Result<Transaction<'f>> {
        let now = os.clock.now().ok();
        let mut progress = freeze.progress();
        if progress.freezing || progress.thawing > 0 || freeze.is_on() {
            return Err(Fault::new("another freeze or thaw is being carried out"));
        }
        progress.freezing = true;
        progress.rules = Arc::clone(&progress.next_rules);
        progress.account = Account::open(now);
        Ok(Transaction { freeze, os, era: progress.era, committed: false })
    }

    /// What fails here has not begun: the hook is told no more, unless a thaw came that expects it to be.
    pub(super) fn run_hook(&self) -> Result<()> {
        self.freeze.progress().hook = HookState::Preparing;
        let result = self.freeze.run_hook(self.os, Moment::Freeze);
        let overtaken = {
            let mut progress = self.freeze.progress();
            let overtaken = progress.hook == HookState::Overtaken;
            progress.hook = if result.is_ok() { HookState::Prepared } else { HookState::Over };
            overtaken
        };
        if result.is_err() && overtaken {
            // What goes wrong is in the log; who asked for the thaw is answered.
            let _ = self.freeze.run_hook(self.os, Moment::Thaw);
        }
        Ok(result?)
    }

    /// All after the hook. Unless something is frozen in the end, the hook is told that it is over.
    pub(super) fn carry_out(mut self, watching: &Watching, chosen: Option<&[String]>) -> Result<usize> {
        let mounts = match mounts::list(&self.os.root) {
            Ok(mounts) => self.select(mounts, chosen),
            Err(error) => return Err(self.undo(&[], error.into())),
        };
        if let Err(fault) = self.watch(watching, &mounts) {
            return Err(self.undo(&[], fault));
        }
        match self.freeze_all(&mounts).and_then(|count| self.commit(count)) {
            Ok(0) => self.end(&[], FreezeEnd::Nothing).map(|()| 0).map_err(Fault::from),
            Ok(count) => Ok(count),
            Err(fault) => Err(self.undo(&mounts, fault)),
        }
    }

    /// The chosen mounts, compared as text: a path with another spelling is another mount point. Of them those
    /// that the configuration does not exclude, whoever asks for them.
    fn select(&self, mut mounts: Vec<Mount>, chosen: Option<&[String]>) -> Vec<Mount> {
        if let Some(chosen) = chosen {
            let chosen: HashSet<&OsStr> = chosen.iter().map(OsStr::new).collect();
            mounts.retain(|mount| chosen.contains(mount.mount_point.as_os_str()));
        }
        let rules = self.freeze.rules();
        let excluded = |mount: &Mount| rules.excludes(&mount.mount_point);
        self.freeze.progress().account.fill(mounts.iter().rev(), excluded);
        mounts.retain(|mount| !excluded(mount));
        mounts
    }

    /// Nothing is held back and no mark is left before there is a guardian that can thaw.
    fn watch(&self, watching: &Watching, mounts: &[Mount]) -> Result<()> {
        if !mounts.is_empty() {
            watching.guard(mounts)?;
        }
        self.freeze.begin_stillness();
        Ok(())
    }

    fn freeze_all(&self, mounts: &[Mount]) -> Result<usize> {
        let mut count = 0;
        for mount in mounts.iter().rev() {
            match self.freeze_one(mount)? {
                Freezing::Frozen => count += 1,
                Freezing::AlreadyFrozen => log::info!("{} is frozen already", mount.mount_point.display()),
                Freezing::Unsupported => {
                    let (path, kind) = (mount.mount_point.display(), &mount.kind);
                    log::warn!(target: ACCOUNTING, "{path} is not frozen: {kind} cannot be");
                }
            }
        }
        Ok(count)
    }

    fn freeze_one(&self, mount: &Mount) -> Result<Freezing> {
        {
            let mut progress = self.freeze.progress();
            self.check(progress.era)?;
            progress.at = Some(mount.mount_point.clone());
            progress.account.turn_of(mount);
        }
        let frozen = self.os.filesystems.freeze(&mount.mount_point);
        let now = self.os.clock.now().ok();
        let mut progress = self.freeze.progress();
        progress.at = None;
        progress.account.note(mount, &frozen, now);
        Ok(frozen?)
    }

    /// From here on a thaw finds no freeze that would undo anything. Without anything frozen there is nothing
    /// to commit.
    fn commit(&mut self, count: usize) -> Result<usize> {
        let mut progress = self.freeze.progress();
        self.check(progress.era)?;
        if count > 0 {
            progress.freezing = false;
            self.committed = true;
        }
        Ok(count)
    }

    fn check(&self, era: u64) -> Result<()> {
        if era == self.era { Ok(()) } else { Err(Fault::new("a thaw has called the freeze off")) }
    }

    /// Tells all that went wrong.
    fn undo(&self, mounts: &[Mount], fault: Fault) -> Fault {
        match self.end(mounts, FreezeEnd::Failure) {
            Ok(()) => fault,
            Err(error) => Fault::new(format!("{}; {error}", Failure::from(fault).desc)),
        }
    }

    fn end(&self, mounts: &[Mount], end: FreezeEnd) -> qga_platform::Result<()> {
        if !mounts.is_empty() {
            watch::thaw(self.freeze);
        }
        thaw_all(self.os, mounts, None);
        self.freeze.end(self.os, end);
        let is_due = self.freeze.progress().hook.is_due_at_end();
        if is_due { self.freeze.run_hook(self.os, Moment::Thaw) } else { Ok(()) }
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        let mut watched = None;
        if !self.committed {
            let now = self.os.clock.now().ok();
            let mut progress = self.freeze.progress();
            progress.freezing = false;
            progress.at = None;
            progress.account.close(FreezeEnd::Failure, now);
            watched = progress.watched.take();
        }
        self.freeze.changed.notify_all();
        if let Some(watched) = watched {
            watched.dismiss();
        }
    }
}
