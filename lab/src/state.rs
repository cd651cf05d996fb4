//! Saved states: a guest is booted once, and every test starts from there in a fraction of a second.

use crate::{agent::Agent, disk, guest::Guest, kernel::Kernel, layout::Layout, program, store};
use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// Name of the file with the state of CPUs, memory and devices.
const STATE: &str = "state";

/// Where states would be that could not be made.
static FAILURES: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// What a guest is started with.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) layout: Layout,
    pub(crate) arguments: Vec<String>,
    archive: Vec<u8>,
}

impl Parts {
    pub(crate) fn of(layout: &Layout) -> Result<Self> {
        let (agent, kernel) = (Agent::under_test()?, Kernel::installed()?);
        Ok(Self {
            layout: layout.clone(),
            arguments: layout.arguments(&kernel)?,
            archive: layout.initramfs(&agent, &kernel)?.archive()?,
        })
    }

    /// Makes the files for a first start.
    pub(crate) fn write(&self, directory: &Path) -> Result<()> {
        store::write(&directory.join("initrd"), &self.archive)?;
        self.layout.create_disks(directory)
    }

    /// Lays fresh copies of the saved files, and tells what to add to QEMU's arguments.
    pub(crate) fn restore(&self, directory: &Path) -> Result<Vec<String>> {
        let saved = self.saved()?;
        std::os::unix::fs::symlink(saved.join("initrd"), directory.join("initrd"))?;
        for image in self.layout.images() {
            disk::copy(&saved.join(&image), &directory.join(&image))?;
        }
        let state = saved.join(STATE);
        Ok(vec!["-incoming".to_owned(), format!("exec:cat '{}'", state.display())])
    }

    /// The directory of the saved state, made now if there is none that fits.
    fn saved(&self) -> Result<PathBuf> {
        let home = store::directory()?.join(self.layout.name);
        fs::create_dir_all(&home)?;
        let _lock = store::lock(&home.join("lock"))?;
        let directory = home.join(self.key()?);
        if directory.exists() {
            return Ok(directory);
        }
        // A guest that does not boot takes long to find out, so one test of this program does it for all.
        ensure!(!failures().contains(&directory), "{} did not boot in another test", self.layout.name);
        forget_oldest(&home)?;
        self.save(&home, &directory).inspect_err(|_| failures().push(directory.clone()))?;
        Ok(directory)
    }

    /// Changes whenever the saved state would not be what a boot leads to.
    fn key(&self) -> Result<String> {
        let mut hasher = DefaultHasher::new();
        self.archive.hash(&mut hasher);
        self.arguments.hash(&mut hasher);
        self.layout.fingerprint().hash(&mut hasher);
        program::run("qemu-system-x86_64", &["--version"])?.hash(&mut hasher);
        Ok(format!("{:016x}", hasher.finish()))
    }

    /// Boots and saves the guest.
    fn save(&self, home: &Path, destination: &Path) -> Result<()> {
        let directory = tempfile::tempdir_in(home)?;
        let mut guest = Guest::boot_in(directory, self)?;
        let started = Instant::now();
        guest.qmp("migrate-set-parameters", json!({ "max-bandwidth": 1_u64 << 32 }))?;
        guest.qmp("migrate", json!({ "uri": format!("exec:cat >{STATE}") }))?;
        loop {
            let progress = guest.qmp("query-migrate", json!({}))?;
            match progress.get("status").and_then(|status| status.as_str()) {
                Some("completed") => break,
                Some("failed" | "cancelled") => bail!("the guest's state cannot be saved: {progress}"),
                _ => thread::sleep(Duration::from_millis(10)),
            }
        }
        crate::timing::record(self.layout.name, "save", started.elapsed())?;
        let directory = guest.into_directory();
        fs::rename(directory.keep(), destination).context("cannot keep the saved state")
    }
}

fn failures() -> MutexGuard<'static, Vec<PathBuf>> {
    FAILURES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes room for one more state of a layout, and leaves the newest: that of another agent put to the same tests.
fn forget_oldest(home: &Path) -> Result<()> {
    let mut states = Vec::new();
    for entry in fs::read_dir(home)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            states.push((entry.metadata()?.modified()?, entry.path()));
        }
    }
    states.sort();
    let surplus = states.len().saturating_sub(1);
    states.iter().take(surplus).try_for_each(|(_, state)| Ok(fs::remove_dir_all(state)?))
}
