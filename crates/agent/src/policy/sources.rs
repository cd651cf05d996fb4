//! The files that a policy stands in: the configuration file, and the drop-in files in the directory of its
//! name with `.d` added, sorted by name. Of two keys of one name in one group the later counts.

use super::{Place, PolicyError};
use crate::keyfile::{self, KeyFile, Problem};
use qga_platform::store;
use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The group of the policy; others have a word after it.
pub(super) const GROUP: &str = "policy";
/// What is added to the name of the configuration file for its directory of drop-in files.
const DIRECTORY_SUFFIX: &str = ".d";
const EXTENSION: &str = "conf";

/// The groups of the policy, in the order of their first lines.
#[derive(Debug, Default)]
pub(super) struct Sources {
    pub(super) groups: Vec<Section>,
}

/// A group.
#[derive(Debug)]
pub(super) struct Section {
    /// What stands in the brackets.
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) settings: Vec<Setting>,
}

/// A key with its value.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    pub(super) key: String,
    pub(super) value: String,
    pub(super) place: Place,
}

/// Whether a file has more than the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Configuration,
    DropIn,
}

impl Sources {
    /// Reads the configuration file, if there is one, and its drop-in files.
    pub(super) fn read(configuration: &Path) -> Result<Sources, PolicyError> {
        let mut sources = Sources::default();
        match store::read(configuration) {
            Ok(content) => sources.add(configuration, &content, Kind::Configuration)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(PolicyError::unreadable(configuration, &error)),
        }
        for path in drop_ins(configuration)? {
            let content = store::read(&path).map_err(|error| PolicyError::unreadable(&path, &error))?;
            sources.add(&path, &content, Kind::DropIn)?;
        }
        Ok(sources)
    }

    /// Takes only this file into account, as a drop-in file if it stands where such files do.
    pub(super) fn of(path: &Path, content: &[u8]) -> Result<Sources, PolicyError> {
        let mut sources = Sources::default();
        let directory = path.parent().unwrap_or(path).as_os_str().as_bytes();
        let is_drop_in = directory.ends_with(DIRECTORY_SUFFIX.as_bytes());
        sources.add(path, content, if is_drop_in { Kind::DropIn } else { Kind::Configuration })?;
        Ok(sources)
    }

    fn add(&mut self, path: &Path, content: &[u8], kind: Kind) -> Result<(), PolicyError> {
        let path: Arc<Path> = path.into();
        let wrong = |problem: Problem| Place::new(&path, problem.line).error(problem.reason);
        let file = KeyFile::parse(content).map_err(wrong)?;
        for (line, name) in file.groups() {
            let place = Place::new(&path, line);
            if !is_policy(&name, kind).map_err(|reason| place.error(reason))? {
                continue;
            }
            let setting = |(line, key): (usize, Cow<'_, str>)| {
                let value = file.text(&name, &key)?.unwrap_or_default();
                Ok(Setting { key: key.into_owned(), value, place: Place::new(&path, line) })
            };
            let settings = file.keys(&name).into_iter().map(setting).collect::<Result<_, _>>();
            self.merge(Section { name: name.into_owned(), place, settings: settings.map_err(wrong)? });
        }
        Ok(())
    }

    fn merge(&mut self, later: Section) {
        match self.groups.iter_mut().find(|section| section.name == later.name) {
            None => self.groups.push(later),
            Some(earlier) => {
                earlier
                    .settings
                    .retain(|setting| later.settings.iter().all(|other| other.key != setting.key));
                earlier.settings.extend(later.settings);
            }
        }
    }
}

impl Section {
    /// The group as it may stand in a file.
    pub(super) fn dump(&self) -> Vec<u8> {
        let mut text = format!("\n[{}]\n", self.name).into_bytes();
        for setting in &self.settings {
            let value = keyfile::escape(setting.value.as_bytes());
            text.extend([setting.key.as_bytes(), b"=", &value, b"\n"].concat());
        }
        text
    }
}

/// Whether the group is one of the policy's. A name that only looks like one is an error, and so is any other
/// in a drop-in file: it would say nothing, where somebody thinks that it does.
fn is_policy(name: &str, kind: Kind) -> Result<bool, String> {
    let known = name == GROUP || name.strip_prefix(GROUP).is_some_and(|rest| rest.starts_with(' '));
    if known {
        return Ok(true);
    }
    let alike = name.get(..GROUP.len()).is_some_and(|start| start.eq_ignore_ascii_case(GROUP));
    match kind {
        Kind::DropIn => Err(format!("the group [{name}] means nothing in a drop-in file")),
        Kind::Configuration if alike => Err(format!("there is no group [{name}]")),
        Kind::Configuration => Ok(false),
    }
}

/// The drop-in files of a configuration file, in their order.
fn drop_ins(configuration: &Path) -> Result<Vec<PathBuf>, PolicyError> {
    let mut directory = OsString::from(configuration);
    directory.push(DIRECTORY_SUFFIX);
    let directory = PathBuf::from(directory);
    let mut paths = match store::entries(&directory) {
        Ok(paths) => paths,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(PolicyError::unreadable(&directory, &error)),
    };
    let hidden = |path: &Path| path.file_name().is_some_and(|name| name.as_bytes().starts_with(b"."));
    paths.retain(|path| path.extension() == Some(OsStr::new(EXTENSION)) && !hidden(path));
    paths.sort();
    Ok(paths)
}
