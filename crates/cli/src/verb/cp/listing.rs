//! What is in a directory of the guest.

use super::place::in_guest;
use super::program;
use crate::terminal::Escaped;
use anyhow::{Context, Error, anyhow};
use qga_client::Client;
use std::path::{Component, Path};
use std::time::Duration;

/// The kinds of what is in a directory, as `find` tells them apart.
pub(super) const DIRECTORIES: &[&str] = &["-type", "d"];
pub(super) const FILES: &[&str] = &["-type", "f"];
pub(super) const OTHERS: &[&str] = &["!", "-type", "d", "!", "-type", "f"];

/// Looks into a directory of the guest.
pub(super) struct Listing<'a> {
    pub(super) client: &'a mut Client,
    pub(super) directory: &'a str,
    pub(super) patience: Duration,
    /// Why something in it cannot be copied.
    pub(super) refused: &'a mut Vec<Error>,
}

impl Listing<'_> {
    /// The paths of a kind below it, relative to it.
    pub(super) fn names(&mut self, kind: &[&str]) -> anyhow::Result<Vec<String>> {
        // With a slash behind it a link to a directory is followed, and no name is taken for an option.
        let root = format!("{}/", self.directory.trim_end_matches('/'));
        let root = if root.starts_with('/') { root } else { format!("./{root}") };
        let arguments = [&*root].into_iter().chain(kind.iter().copied()).chain(["-print0"]);
        let found = program::run(self.client, "find", arguments.map(str::to_owned).collect(), self.patience)
            .with_context(|| format!("cannot look into {}", in_guest(self.directory)))?;
        // It goes on when it may not look into something.
        found.complaint.into_iter().for_each(|complaint| self.refuse(complaint));
        let paths = found.output.split(|byte| *byte == 0).filter(|path| !path.is_empty());
        let mut names = Vec::new();
        for path in paths {
            match std::str::from_utf8(path) {
                Ok(path) => names.push(relative(path, &root)?),
                Err(_) => {
                    self.refuse(anyhow!("{} is no Unicode text", in_guest(&String::from_utf8_lossy(path))));
                }
            }
        }
        Ok(names)
    }

    /// Once: every look finds the same.
    fn refuse(&mut self, error: Error) {
        let text = error.to_string();
        if self.refused.iter().all(|known| known.to_string() != text) {
            self.refused.push(error);
        }
    }
}

/// A guest's name leads nowhere but below the destination.
fn relative(path: &str, root: &str) -> anyhow::Result<String> {
    let name = path.strip_prefix(root).map(|name| name.trim_start_matches('/'));
    let is_harmless =
        |name: &&str| Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    let name = name.filter(is_harmless);
    let name =
        name.with_context(|| format!("the guest found {}, which is not below {root}", Escaped(path)))?;
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guests_names_stay_below_the_destination() {
        for (path, name) in [("/d/", ""), ("/d/a", "a"), ("/d//a/b", "a/b"), ("/d/...", "...")] {
            assert_eq!(relative(path, "/d/").unwrap(), name);
        }
        for path in ["/d/../x", "/etc/passwd", "/d/a/../../b", "/d", "../d/a", ""] {
            assert!(relative(path, "/d/").is_err(), "{path}");
        }
    }
}
