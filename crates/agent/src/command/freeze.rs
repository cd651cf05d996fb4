use super::Run;
use crate::agent::Agent;
use crate::fault::Fault;
use crate::logging::ACCOUNTING;
use crate::need::Need;
use qga_platform::mounts::{self, Mount};
use qga_platform::{Os, freeze::Trimmed};
use qga_wire::Command;
use qga_wire::family::freeze::{
    FilesystemTrimResponse, FilesystemTrimResult, FreezeAccount, FreezeReport, FreezeStatus, FsfreezeFreeze,
    FsfreezeFreezeList, FsfreezeStatus, FsfreezeThaw, Fstrim,
};

impl Run for FsfreezeStatus {
    fn run(self, agent: &Agent) -> Result<FreezeStatus, Fault> {
        Ok(if agent.is_frozen() { FreezeStatus::Frozen } else { FreezeStatus::Thawed })
    }
}

impl Run for FsfreezeFreeze {
    const NEEDS: &'static [Need] = &[Need::Filesystems, Need::Guardian];

    fn run(self, agent: &Agent) -> Result<i64, Fault> {
        freeze(agent, None)
    }
}

impl Run for FsfreezeFreezeList {
    const NEEDS: &'static [Need] = &[Need::Filesystems, Need::Guardian];

    fn run(self, agent: &Agent) -> Result<i64, Fault> {
        freeze(agent, self.mountpoints.as_deref())
    }
}

impl Run for FsfreezeThaw {
    const NEEDS: &'static [Need] = &[Need::Filesystems];

    fn run(self, agent: &Agent) -> Result<i64, Fault> {
        log::info!(target: ACCOUNTING, "guest-fsthaw called");
        Ok(number(agent.freeze.thaw(&agent.os)?))
    }
}

impl Run for FreezeReport {
    fn run(self, agent: &Agent) -> Result<FreezeAccount, Fault> {
        Ok(agent.freeze.account())
    }
}

impl Run for Fstrim {
    const NEEDS: &'static [Need] = &[Need::Filesystems];

    fn run(self, agent: &Agent) -> Result<FilesystemTrimResponse, Fault> {
        log::info!(target: ACCOUNTING, "{} called", Self::NAME);
        // A negative minimum is none that a filesystem could keep to: each refuses it.
        let minimum = u64::try_from(self.minimum.unwrap_or(0)).unwrap_or(u64::MAX);
        let mounts = mounts::list(&agent.os.root)?;
        let mut paths: Vec<_> = mounts.iter().map(|mount| trim(&agent.os, mount, minimum)).collect();
        paths.reverse();
        Ok(FilesystemTrimResponse { paths })
    }
}

fn freeze(agent: &Agent, chosen: Option<&[String]>) -> Result<i64, Fault> {
    log::info!(target: ACCOUNTING, "guest-fsfreeze called");
    Ok(number(agent.freeze.freeze(&agent.os, chosen)?))
}

fn trim(os: &Os, mount: &Mount, minimum: u64) -> FilesystemTrimResult {
    let path = mount.mount_point.to_string_lossy().into_owned();
    match os.filesystems.trim(&mount.mount_point, minimum) {
        Ok(Trimmed { trimmed, minimum }) => {
            let (trimmed, minimum) = (Some(number(trimmed)), Some(number(minimum)));
            FilesystemTrimResult { path, trimmed, minimum, error: None }
        }
        Err(error) => {
            FilesystemTrimResult { path, trimmed: None, minimum: None, error: Some(error.to_string()) }
        }
    }
}

fn number(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::freeze::{Freeze, Rules};
    use crate::policy::Policy;
    use qga_platform::{Root, fake};
    use qga_wire::family::freeze::{FilesystemFreeze, FreezeOutcome};
    use qga_wire::{json::Line, reply};

    #[test]
    fn the_report_looks_as_its_page_shows_it() {
        let filesystem = |mountpoint: &str, kind: &str, outcome| FilesystemFreeze {
            mountpoint: mountpoint.to_owned(),
            kind: kind.to_owned(),
            outcome,
            reason: None,
            since: (outcome == FreezeOutcome::Frozen).then_some(1_795_740_771_287_738_000),
        };
        let account = FreezeAccount {
            status: FreezeStatus::Frozen,
            began: Some(1_795_740_770_953_281_000),
            ended: None,
            end: None,
            filesystems: vec![
                filesystem("/mnt/btrfs", "btrfs", FreezeOutcome::AlreadyFrozen),
                filesystem("/mnt/xfs", "xfs", FreezeOutcome::Skipped),
                filesystem("/mnt/ext4", "ext4", FreezeOutcome::Frozen),
            ],
        };
        let mut line = Vec::new();
        reply::success(&mut Line { bytes: &mut line, send: None }, b"", &account, None).unwrap();
        let line = String::from_utf8(line).unwrap();
        assert!(include_str!("../../../../docs/freeze.md").contains(line.trim()), "{line}");
    }

    #[test]
    fn all_filesystems_are_trimmed_in_order_and_told_the_last_mounted_first() {
        let tree = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(tree.path().join("proc/self")).unwrap();
        let table = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /a rw - ext4 /dev/sda2 rw\n\
                     3 1 8:3 / /b rw - vfat /dev/sda3 rw\n";
        std::fs::write(tree.path().join("proc/self/mountinfo"), table).unwrap();
        let filesystems = fake::Filesystems::default().lacks("/b").fails("/a");
        let root = Root::at(tree.path());
        let os = Os { root, filesystems: Box::new(filesystems.clone()), ..Os::system() };
        let nothing = Freeze::new(Rules::default(), Box::new(()), None);
        let agent = Agent::new(os, Policy::default(), Box::new(|| Ok(0)), nothing);

        let answer = Fstrim { minimum: Some(512) }.run(&agent).unwrap();
        let failed = |path: &str, error: &str| FilesystemTrimResult {
            path: path.to_owned(),
            error: Some(error.to_owned()),
            trimmed: None,
            minimum: None,
        };
        let trimmed = FilesystemTrimResult {
            path: "/".to_owned(),
            error: None,
            trimmed: Some(4096),
            minimum: Some(512),
        };
        let expected =
            [failed("/b", "trim not supported"), failed("/a", "failed to trim: Input/output error"), trimmed];
        assert_eq!(answer.paths, expected);
        assert_eq!(filesystems.seen(), ["trim /", "trim /a", "trim /b"]);
    }
}
