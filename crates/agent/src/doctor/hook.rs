//! The freeze hook, which runs as root: who may change it?

use super::finding::Finding;
use crate::config::Config;
use qga_platform::{Root, strerror};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

const TOPIC: &str = "hook";
/// Permission bits (inode(7)): for whom it is executable, who but the owner may write.
const EXECUTABLE: u32 = 0o111;
const WRITABLE_BY_OTHERS: u32 = 0o022;
/// A directory in which files belong to who made them: others cannot replace them.
const STICKY: u32 = 0o1000;

pub(super) fn examine(root: &Root, config: &Config) -> Vec<Finding> {
    let Some(path) = config.freeze.hook() else {
        return vec![Finding::fine(TOPIC, "none is configured")];
    };
    let shown = path.display();
    let metadata = match root.metadata(path) {
        Ok(Some(metadata)) => metadata,
        Ok(None) => {
            let remedy = "make it, or take the option away: every freeze fails";
            return vec![Finding::problem(TOPIC, format_args!("{shown} is missing"), remedy)];
        }
        Err(error) => {
            let text = format!("cannot look at {shown}: {}", strerror(&error));
            return vec![Finding::warning(TOPIC, text, "run this as root")];
        }
    };
    let mut findings = Vec::new();
    if !metadata.is_file() {
        findings.push(Finding::problem(TOPIC, format_args!("{shown} is no program"), "name another"));
    } else if metadata.mode() & EXECUTABLE == 0 {
        let text = format!("{shown} is not executable: every freeze fails");
        findings.push(Finding::problem(TOPIC, text, format_args!("chmod 755 {shown}")));
    }
    findings.extend(weak_places(root, path));
    if findings.is_empty() {
        findings
            .push(Finding::fine(TOPIC, format_args!("{shown} is executable, and only root can change it")));
    }
    findings
}

/// The program and the directories above it that somebody else than root could change.
fn weak_places(root: &Root, path: &Path) -> Vec<Finding> {
    let real = root.resolve(path).ok().flatten().unwrap_or_else(|| PathBuf::from(path));
    let weak = |place: &Path| {
        let metadata = root.metadata(place).ok()??;
        weakness(metadata.uid(), metadata.mode(), metadata.is_dir()).map(|weakness| weakness.finding(place))
    };
    real.ancestors().filter_map(weak).collect()
}

#[derive(Debug, PartialEq, Eq)]
enum Weakness {
    Owner(u32),
    Mode(u32),
}

fn weakness(owner: u32, mode: u32, is_directory: bool) -> Option<Weakness> {
    if owner != 0 {
        return Some(Weakness::Owner(owner));
    }
    let is_kept_apart = is_directory && mode & STICKY != 0;
    (mode & WRITABLE_BY_OTHERS != 0 && !is_kept_apart).then_some(Weakness::Mode(mode & 0o7777))
}

impl Weakness {
    fn finding(&self, place: &Path) -> Finding {
        let place = place.display();
        match self {
            Weakness::Owner(user) => Finding::problem(
                TOPIC,
                format_args!("{place} belongs to user {user}, who can have the agent run anything as root"),
                format_args!("chown root {place}"),
            ),
            Weakness::Mode(mode) => Finding::problem(
                TOPIC,
                format_args!(
                    "others than root may change {place} (mode {mode:o}), and so what the agent runs"
                ),
                format_args!("chmod go-w {place}"),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_root_may_be_able_to_change_what_runs_as_root() {
        for (owner, mode, is_directory, expected) in [
            (0, 0o100_755, false, None),
            (0, 0o100_775, false, Some(Weakness::Mode(0o775))),
            (0, 0o040_777, true, Some(Weakness::Mode(0o777))),
            (0, 0o041_777, true, None),
            (0, 0o101_777, false, Some(Weakness::Mode(0o1777))),
            (1000, 0o100_755, false, Some(Weakness::Owner(1000))),
        ] {
            assert_eq!(weakness(owner, mode, is_directory), expected, "{owner} {mode:o}");
        }
    }
}
