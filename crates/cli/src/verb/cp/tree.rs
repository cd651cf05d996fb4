//! Which files a copy consists of. What is missing of the directories they go to is made.
//!
//! The agent has no command that lists a directory or makes one, so `find` and `mkdir` of the guest do it.

use super::copy::Job;
use super::listing::{DIRECTORIES, FILES, Listing, OTHERS};
use super::place::{Route, below, in_guest, last_name};
use super::program;
use crate::terminal::Escaped;
use anyhow::{Context, Error, bail};
use qga_client::{Client, Error as ClientError, FileError};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How many directories are made by one program.
const MADE_AT_ONCE: usize = 200;

/// What a copy consists of.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) jobs: Vec<Job>,
    /// What is neither file nor directory.
    pub(super) left_out: Vec<String>,
    /// Why something cannot be copied.
    pub(super) refused: Vec<Error>,
}

pub(super) fn to_guest(
    client: &mut Client,
    route: &Route,
    recursive: bool,
    patience: Duration,
) -> anyhow::Result<Plan> {
    let into = into_directory(route, |path| is_directory_in_guest(client, path))?;
    let mut plan = Plan::default();
    let mut directories = Vec::new();
    for source in route.sources.iter().map(Path::new) {
        let guest = match source.file_name() {
            Some(name) if into => below(&route.destination, &text(name.as_ref())?),
            _ => route.destination.clone(),
        };
        if recursive && source.is_dir() {
            walk(source, &guest, &mut directories, &mut plan);
        } else {
            plan.jobs.push(Job { here: source.to_owned(), guest });
        }
    }
    directories.chunks(MADE_AT_ONCE).try_for_each(|some| make_in_guest(client, some, patience))?;
    Ok(plan)
}

pub(super) fn from_guest(
    client: &mut Client,
    route: &Route,
    recursive: bool,
    patience: Duration,
) -> anyhow::Result<Plan> {
    let into = into_directory(route, |path| Ok(Path::new(path).is_dir()))?;
    let mut plan = Plan::default();
    for source in &route.sources {
        let here = match last_name(source) {
            Some(name) if into => Path::new(&route.destination).join(name),
            _ => PathBuf::from(&route.destination),
        };
        if recursive && is_directory_in_guest(client, source)? {
            let mut listing = Listing { client, directory: source, patience, refused: &mut plan.refused };
            for name in listing.names(DIRECTORIES)? {
                let path = here.join(name);
                fs::create_dir_all(&path).with_context(|| format!("cannot make {}", path.display()))?;
            }
            for name in listing.names(FILES)? {
                plan.jobs.push(Job { here: here.join(&name), guest: below(source, &name) });
            }
            let others = listing.names(OTHERS)?;
            plan.left_out.extend(others.iter().map(|name| in_guest(&below(source, name))));
        } else {
            plan.jobs.push(Job { here, guest: source.clone() });
        }
    }
    Ok(plan)
}

/// Whether the sources go into the destination, and do not become it.
fn into_directory(
    route: &Route,
    is_directory: impl FnOnce(&str) -> anyhow::Result<bool>,
) -> anyhow::Result<bool> {
    let into = route.destination.ends_with('/') || is_directory(&route.destination)?;
    if route.sources.len() > 1 && !into {
        bail!("{} is no directory, and several files cannot become one", Escaped(&route.destination));
    }
    Ok(into)
}

/// Directories can be opened and not be read; so it needs no other command than those that a copy needs.
fn is_directory_in_guest(client: &mut Client, path: &str) -> anyhow::Result<bool> {
    let mut opened = false;
    let read = client.with_file(path, "r", |file| {
        opened = true;
        Ok(file.read(1)?)
    });
    match read {
        Ok(_) => Ok(false),
        Err(FileError::Agent(ClientError::Agent { .. })) => Ok(opened),
        Err(error) => Err(Error::new(error).context(format!("cannot look at {}", in_guest(path)))),
    }
}

/// Everything below a directory of this host.
fn walk(from: &Path, to: &str, directories: &mut Vec<String>, plan: &mut Plan) {
    directories.push(to.to_owned());
    let mut look = || -> anyhow::Result<()> {
        let entries: Result<Vec<_>, _> = fs::read_dir(from)?.collect();
        let mut entries = entries?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let kind = entry.file_type()?;
            let name = entry.file_name();
            match text(Path::new(&name)).map(|name| below(to, &name)) {
                Err(error) => {
                    plan.refused.push(error.context(format!("cannot copy {}", entry.path().display())));
                }
                Ok(guest) if kind.is_dir() => walk(&entry.path(), &guest, directories, plan),
                Ok(guest) if kind.is_file() => plan.jobs.push(Job { here: entry.path(), guest }),
                Ok(_) => plan.left_out.push(entry.path().display().to_string()),
            }
        }
        Ok(())
    };
    if let Err(error) = look() {
        plan.refused.push(error.context(format!("cannot look into {}", from.display())));
    }
}

/// JSON has no other names.
fn text(name: &Path) -> anyhow::Result<String> {
    let text = name.to_str().with_context(|| format!("{} is no Unicode text", name.display()))?;
    Ok(text.to_owned())
}

fn make_in_guest(client: &mut Client, directories: &[String], patience: Duration) -> anyhow::Result<()> {
    let arguments = ["-p", "--"].map(str::to_owned).into_iter().chain(directories.iter().cloned());
    let made = program::run(client, "mkdir", arguments.collect(), patience);
    made.and_then(program::Ended::success).map(drop).context("cannot make directories in the guest")
}
