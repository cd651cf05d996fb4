use qga_platform::Result;
use qga_platform::freeze::Freezing;
use qga_platform::mounts::Mount;
use qga_platform::time::Nanoseconds;
use qga_wire::family::freeze::{FilesystemFreeze, FreezeAccount, FreezeEnd, FreezeOutcome, FreezeStatus};

/// What became of the last freeze, as it goes on.
#[derive(Debug, Default)]
pub(super) struct Account {
    began: Option<i64>,
    ended: Option<i64>,
    end: Option<FreezeEnd>,
    filesystems: Vec<FilesystemFreeze>,
}

impl Account {
    /// A freeze begins.
    pub(super) fn open(now: Option<Nanoseconds>) -> Account {
        Account { began: now, ..Account::default() }
    }

    /// These are to be frozen in that order, but for those that are excluded.
    pub(super) fn fill<'m>(
        &mut self,
        mounts: impl Iterator<Item = &'m Mount>,
        excluded: impl Fn(&Mount) -> bool,
    ) {
        let filesystems = mounts.map(|mount| FilesystemFreeze {
            mountpoint: name(mount),
            kind: mount.kind.clone(),
            outcome: if excluded(mount) { FreezeOutcome::Skipped } else { FreezeOutcome::Waiting },
            reason: None,
            since: None,
        });
        self.filesystems = filesystems.collect();
    }

    /// It is this mount's turn.
    pub(super) fn turn_of(&mut self, mount: &Mount) {
        if let Some(entry) = self.entry(mount) {
            entry.outcome = FreezeOutcome::Freezing;
        }
    }

    /// What became of this mount.
    pub(super) fn note(&mut self, mount: &Mount, outcome: &Result<Freezing>, now: Option<Nanoseconds>) {
        let Some(entry) = self.entry(mount) else { return };
        entry.outcome = match outcome {
            Ok(Freezing::Frozen) => FreezeOutcome::Frozen,
            Ok(Freezing::AlreadyFrozen) => FreezeOutcome::AlreadyFrozen,
            Ok(Freezing::Unsupported) => FreezeOutcome::Unsupported,
            Err(_) => FreezeOutcome::Failed,
        };
        entry.since = now.filter(|_| entry.outcome == FreezeOutcome::Frozen);
        entry.reason = outcome.as_ref().err().map(ToString::to_string);
    }

    fn entry(&mut self, mount: &Mount) -> Option<&mut FilesystemFreeze> {
        let name = name(mount);
        self.filesystems.iter_mut().find(|entry| entry.mountpoint == name)
    }

    /// The freeze ends, unless it has ended already.
    pub(super) fn close(&mut self, end: FreezeEnd, now: Option<Nanoseconds>) {
        if self.end.is_none() {
            (self.end, self.ended) = (Some(end), now);
        }
    }

    /// All of it, with what is the case now.
    pub(super) fn told(&self, frozen: bool) -> FreezeAccount {
        FreezeAccount {
            status: if frozen { FreezeStatus::Frozen } else { FreezeStatus::Thawed },
            began: self.began,
            ended: self.ended,
            end: self.end,
            filesystems: self.filesystems.clone(),
        }
    }
}

fn name(mount: &Mount) -> String {
    mount.mount_point.to_string_lossy().into_owned()
}
