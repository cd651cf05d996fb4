use super::{Freeze, Moment, thaw_all};
use crate::fault::Fault;
use qga_platform::Os;
use qga_platform::freeze::Freezing;
use qga_platform::mounts::{self, Mount};
use qga_wire::reply::Failure;
use std::collections::HashSet;
use std::ffi::OsStr;

type Result<T> = std::result::Result<T, Fault>;

/// A freeze under way: the only one, until it is dropped.
pub(super) struct Transaction<'f> {
    freeze: &'f Freeze,
    os: &'f Os,
    era: u64,
    /// What is frozen stays so, and is another's to thaw.
    committed: bool,
}

impl<'f> Transaction<'f> {
    pub(super) fn begin(freeze: &'f Freeze, os: &'f Os) -> Result<Transaction<'f>> {
        let mut progress = freeze.progress();
        if progress.freezing || progress.thawing > 0 || freeze.is_on() {
            return Err(Fault::new("another freeze or thaw is being carried out"));
        }
        progress.freezing = true;
        Ok(Transaction { freeze, os, era: progress.era, committed: false })
    }

    /// All after the hook. Unless something is frozen in the end, the hook is told that it is over.
    pub(super) fn carry_out(mut self, chosen: Option<&[String]>) -> Result<usize> {
        let mounts = match mounts::list(&self.os.root) {
            Ok(mounts) => select(mounts, chosen),
            Err(error) => return Err(self.undo(&[], error.into())),
        };
        self.freeze.begin_stillness();
        match self.freeze_all(&mounts).and_then(|count| self.commit(count)) {
            Ok(0) => self.end(&[]).map(|()| 0).map_err(Fault::from),
            Ok(count) => Ok(count),
            Err(fault) => Err(self.undo(&mounts, fault)),
        }
    }

    fn freeze_all(&self, mounts: &[Mount]) -> Result<usize> {
        let mut count = 0;
        for mount in mounts.iter().rev() {
            match self.freeze_one(mount)? {
                Freezing::Frozen => count += 1,
                passed_over => log::info!("{} is not frozen: {passed_over:?}", mount.mount_point.display()),
            }
        }
        Ok(count)
    }

    fn freeze_one(&self, mount: &Mount) -> Result<Freezing> {
        {
            let mut progress = self.freeze.progress();
            self.check(progress.era)?;
            progress.at = Some(mount.mount_point.clone());
        }
        let frozen = self.os.filesystems.freeze(&mount.mount_point);
        self.freeze.progress().at = None;
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
        match self.end(mounts) {
            Ok(()) => fault,
            Err(error) => Fault::new(format!("{}; {error}", Failure::from(fault).desc)),
        }
    }

    fn end(&self, mounts: &[Mount]) -> qga_platform::Result<()> {
        thaw_all(self.os, mounts, None);
        self.freeze.end_stillness();
        self.freeze.run_hook(self.os, Moment::Thaw)
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if !self.committed {
            let mut progress = self.freeze.progress();
            progress.freezing = false;
            progress.at = None;
        }
    }
}

/// The chosen mounts, compared as text: a path with another spelling is another mount point.
fn select(mounts: Vec<Mount>, chosen: Option<&[String]>) -> Vec<Mount> {
    let Some(chosen) = chosen else { return mounts };
    let chosen: HashSet<&OsStr> = chosen.iter().map(OsStr::new).collect();
    mounts.into_iter().filter(|mount| chosen.contains(mount.mount_point.as_os_str())).collect()
}
