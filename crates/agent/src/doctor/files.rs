//! The agent's own files: can they be written?

use super::finding::Finding;
use crate::config::Config;
use crate::state::{HandleNumbers, Missing};
use qga_platform::{Root, strerror};
use std::path::Path;

/// What the agent may have to write: a state file of a few bytes, and some lines of a log.
const ENOUGH: u64 = 64 << 10;

pub(super) fn examine(root: &Root, config: &Config) -> Vec<Finding> {
    [Some(state(root, &config.statedir)), config.logfile.as_deref().map(|log| self::log(root, log))]
        .into_iter()
        .flatten()
        .collect()
}

fn state(root: &Root, directory: &Path) -> Finding {
    const TOPIC: &str = "state";
    let shown = directory.display();
    if !root.exists(directory) {
        let text = format!("{shown} is missing: the agent does not start");
        return Finding::problem(TOPIC, text, format_args!("mkdir -p {shown}"));
    }
    if !root.is_writable(directory) {
        let text = format!("{shown} is not writable: the agent does not start, or opens no files");
        return Finding::problem(TOPIC, text, "choose another --statedir; or is the disk read-only (dmesg)?");
    }
    if let Err(error) = HandleNumbers::load(&root.path(directory), Missing::Leave) {
        let remedy = format!("remove the file: numbers of file handles then begin anew ({shown})");
        return Finding::problem(TOPIC, error, remedy);
    }
    space(root, TOPIC, directory)
}

fn log(root: &Root, path: &Path) -> Finding {
    const TOPIC: &str = "log";
    let shown = path.display();
    let directory = path.parent().unwrap_or(path);
    let place = if root.exists(path) { path } else { directory };
    if !root.is_writable(place) {
        let text = format!("{shown} cannot be written: the agent does not start");
        let remedy = format!("mkdir -p {}, or choose another --logfile", directory.display());
        return Finding::problem(TOPIC, text, remedy);
    }
    space(root, TOPIC, directory)
}

fn space(root: &Root, topic: &'static str, directory: &Path) -> Finding {
    let shown = directory.display();
    match root.free_space(directory) {
        Ok(free) if free < ENOUGH => {
            let text = format!("{shown} is full: {free} bytes are left");
            Finding::problem(topic, text, format_args!("df -h {shown}; remove what is not needed"))
        }
        Ok(_) => Finding::fine(topic, format_args!("{shown} is writable")),
        Err(error) => {
            Finding::warning(topic, format_args!("{shown}: {}", strerror(&error)), "is it mounted?")
        }
    }
}
