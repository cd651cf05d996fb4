//! Which files a copy consists of. What is missing of the directories they go to is made.
//!
//! The agent has no command that lists a directory or makes one, so `find` and `mkdir` of the guest do it.

use super::copy::Job;
use super::place::{Route, below, last_name};
use crate::terminal::Escaped;
use anyhow::{Context, bail};
use qga_client::{Client, Error, FileError};
use qga_wire::family::exec::{Exec, ExecCaptureOutput};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// How many directories are made by one program.
const MADE_AT_ONCE: usize = 200;

pub(super) fn to_guest(client: &mut Client, route: &Route, recursive: bool) -> anyhow::Result<Vec<Job>> {
    let into = into_directory(route, |path| is_directory_in_guest(client, path))?;
    let mut jobs = Vec::new();
    let mut directories = Vec::new();
    for source in route.sources.iter().map(Path::new) {
        let guest = match source.file_name() {
            Some(name) if into => below(&route.destination, &text(name.as_ref())?),
            _ => route.destination.clone(),
        };
        if recursive && source.is_dir() {
            walk(source, &guest, &mut directories, &mut jobs)?;
        } else {
            jobs.push(Job { here: source.to_owned(), guest });
        }
    }
    directories.chunks(MADE_AT_ONCE).try_for_each(|some| make_in_guest(client, some))?;
    Ok(jobs)
}

pub(super) fn from_guest(client: &mut Client, route: &Route, recursive: bool) -> anyhow::Result<Vec<Job>> {
    let into = into_directory(route, |path| Ok(Path::new(path).is_dir()))?;
    let mut jobs = Vec::new();
    for source in &route.sources {
        let here = match last_name(source) {
            Some(name) if into => Path::new(&route.destination).join(name),
            _ => PathBuf::from(&route.destination),
        };
        if recursive && is_directory_in_guest(client, source)? {
            fetch_tree(client, source, &here, &mut jobs)?;
        } else {
            jobs.push(Job { here, guest: source.clone() });
        }
    }
    Ok(jobs)
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
        Err(FileError::Agent(Error::Agent { .. })) => Ok(opened),
        Err(error) => Err(error.into()),
    }
}

/// Everything below a directory of this host; what is neither file nor directory is left out.
fn walk(from: &Path, to: &str, directories: &mut Vec<String>, jobs: &mut Vec<Job>) -> anyhow::Result<()> {
    let context = || format!("cannot look into {}", from.display());
    directories.push(to.to_owned());
    let entries: Result<Vec<_>, _> = fs::read_dir(from).with_context(context)?.collect();
    let mut entries = entries.with_context(context)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type().with_context(context)?;
        let guest = below(to, &text(Path::new(&entry.file_name()))?);
        if kind.is_dir() {
            walk(&entry.path(), &guest, directories, jobs)?;
        } else if kind.is_file() {
            jobs.push(Job { here: entry.path(), guest });
        }
    }
    Ok(())
}

/// JSON has no other names.
fn text(name: &Path) -> anyhow::Result<String> {
    let text = name.to_str().with_context(|| format!("{} is no Unicode text", name.display()))?;
    Ok(text.to_owned())
}

fn make_in_guest(client: &mut Client, directories: &[String]) -> anyhow::Result<()> {
    let arguments = ["-p", "--"].map(str::to_owned).into_iter().chain(directories.iter().cloned());
    run_in_guest(client, "mkdir", arguments.collect())
        .map(drop)
        .context("cannot make directories in the guest")
}

fn fetch_tree(client: &mut Client, source: &str, here: &Path, jobs: &mut Vec<Job>) -> anyhow::Result<()> {
    for name in names_in_guest(client, source, "d")? {
        let path = here.join(harmless(&name)?);
        fs::create_dir_all(&path).with_context(|| format!("cannot make {}", path.display()))?;
    }
    for name in names_in_guest(client, source, "f")? {
        jobs.push(Job { here: here.join(harmless(&name)?), guest: below(source, &name) });
    }
    Ok(())
}

/// The paths of a kind below a directory in the guest, relative to it.
fn names_in_guest(client: &mut Client, directory: &str, kind: &str) -> anyhow::Result<Vec<String>> {
    // With a slash behind it a link to a directory is followed, and no name is taken for an option.
    let root = format!("{}/", directory.trim_end_matches('/'));
    let root = if root.starts_with('/') { root } else { format!("./{root}") };
    let arguments = [&*root, "-type", kind, "-print0"].map(str::to_owned).to_vec();
    let output = run_in_guest(client, "find", arguments).context("cannot list a directory of the guest")?;
    let text = String::from_utf8(output).context("a name in the guest is no Unicode text")?;
    let relative = |name: &str| {
        let relative = name.strip_prefix(&*root).map(|rest| rest.trim_start_matches('/').to_owned());
        relative.with_context(|| format!("the guest found {} below {}", Escaped(name), Escaped(&root)))
    };
    text.split_terminator('\0').map(relative).collect()
}

/// A guest's name leads nowhere but below the destination.
fn harmless(name: &str) -> anyhow::Result<&Path> {
    let path = Path::new(name);
    if !path.components().all(|part| matches!(part, Component::Normal(_))) {
        bail!("the guest names a file {}, which would lead out of the destination", Escaped(name));
    }
    Ok(path)
}

/// What a program of the guest wrote, if it succeeded.
pub(super) fn run_in_guest(
    client: &mut Client,
    program: &str,
    arguments: Vec<String>,
) -> anyhow::Result<Vec<u8>> {
    let exec = Exec {
        path: program.to_owned(),
        arg: Some(arguments),
        env: None,
        input_data: None,
        capture_output: Some(ExecCaptureOutput::Flag(true)),
    };
    let ended = client.run(&exec, None, |_| {})?.unwrap_or_default();
    let bytes = |data: Option<qga_wire::Base64>| data.map(qga_wire::Base64::into_bytes).transpose();
    if ended.exitcode != Some(0) {
        let errors = bytes(ended.err_data)?.unwrap_or_default();
        bail!("{program} in the guest: {}", String::from_utf8_lossy(&errors).trim());
    }
    if ended.out_truncated == Some(true) {
        bail!("{program} in the guest writes more than the agent keeps");
    }
    Ok(bytes(ended.out_data)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guests_names_stay_below_the_destination() {
        for name in ["a", "a/b", "..."] {
            assert_eq!(harmless(name).unwrap(), Path::new(name));
        }
        for name in ["../x", "/etc/passwd", "a/../../b"] {
            assert!(harmless(name).is_err(), "{name}");
        }
    }
}
