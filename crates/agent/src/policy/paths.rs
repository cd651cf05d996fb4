//! Which files may be opened.

use super::keys::{READ_PATHS, WRITE_PATHS};
use super::limits::rule;
use super::{Decision, Place, Rule};
use glob::{MatchOptions, Pattern};
use qga_platform::Root;
use qga_platform::file::{OpenMode, foresee, settled};
use std::path::{Path, PathBuf};

/// The rules. If there are only those for reading, nothing may be written, and the other way round.
#[derive(Debug)]
pub(crate) struct PathRules {
    read: PathList,
    write: PathList,
}

#[derive(Debug)]
struct PathList {
    patterns: Vec<Pattern>,
    rule: Rule,
}

/// In patterns of paths `*` and `?` mean anything within one name, and `**` any number of names.
const WITHIN_NAMES: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

impl PathRules {
    /// The rules of these values of the two keys; `None` if there is neither.
    pub(super) fn new(
        read: Option<(Vec<Pattern>, Place)>,
        write: Option<(Vec<Pattern>, Place)>,
    ) -> Option<PathRules> {
        let place = read.as_ref().or(write.as_ref())?.1.clone();
        let list = |key: &str, given: Option<(Vec<Pattern>, Place)>| match given {
            Some((patterns, place)) => PathList { patterns, rule: rule(key, &place) },
            None => PathList { patterns: Vec::new(), rule: rule(&format!("there being no {key}"), &place) },
        };
        Some(PathRules { read: list(READ_PATHS, read), write: list(WRITE_PATHS, write) })
    }

    /// Whether the file at `path`, which has no links in it, may be opened in this mode.
    pub(crate) fn permit(&self, path: &Path, mode: OpenMode) -> bool {
        (!mode.reads() || self.read.has(path)) && (!mode.writes() || self.write.has(path))
    }

    /// What would be said of opening `path` now.
    pub(super) fn foresee(&self, path: &str, mode: OpenMode) -> Decision {
        let found = foresee(path, &|path| self.permit(path, mode));
        let permitted = found.is_ok();
        let object = found.map_or_else(|denied| denied, |real| real.display().to_string());
        let rule = self.rule(mode);
        let rule = Rule { text: format!("{} for {object}", rule.text), place: rule.place.clone() };
        Decision { permitted, rule }
    }

    /// What decides about files that are opened in this mode; that for writing is the narrower one.
    pub(crate) fn rule(&self, mode: OpenMode) -> &Rule {
        if mode.writes() { &self.write.rule } else { &self.read.rule }
    }
}

impl PathList {
    fn has(&self, path: &Path) -> bool {
        self.patterns.iter().any(|pattern| matches(pattern, path))
    }
}

/// Whether the pattern means this path.
pub(super) fn matches(pattern: &Pattern, path: &Path) -> bool {
    pattern.matches_path_with(path, WITHIN_NAMES)
}

/// Reads patterns of paths, with `;` between.
pub(super) fn patterns(text: &str) -> Result<Vec<Pattern>, String> {
    let words = text.split(';').map(str::trim).filter(|word| !word.is_empty());
    words.map(pattern).collect()
}

/// The patterns, and after them what they mean by links that only the administrator can change: a rule for
/// `/etc/os-release` is meant for the file that it leads to, too.
pub(super) fn followed(patterns: Vec<Pattern>, root: &Root) -> Vec<Pattern> {
    let also: Vec<Pattern> = patterns.iter().filter_map(|pattern| follow(pattern, root)).collect();
    patterns.into_iter().chain(also).collect()
}

fn follow(pattern: &Pattern, root: &Root) -> Option<Pattern> {
    let mut names = pattern.as_str().split('/').peekable();
    let mut fixed = PathBuf::from("/");
    while let Some(name) = names.next_if(|name| !name.contains(['*', '?', '['])) {
        fixed.push(name);
    }
    let real = settled(root, &fixed).filter(|real| *real != fixed)?;
    let real = Pattern::escape(real.to_str()?);
    Pattern::new(&names.fold(real, |path, name| path + "/" + name)).ok()
}

/// Reads the pattern of a path.
pub(super) fn pattern(word: &str) -> Result<Pattern, String> {
    if !word.starts_with('/') {
        return Err(format!("has a path that does not begin at the root, '{word}'"));
    }
    if word.split('/').any(|name| name == "..") {
        return Err(format!("has a path with '..' in it, '{word}'"));
    }
    Pattern::new(word).map_err(|error| format!("has a bad pattern, '{word}': {}", error.msg))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_permitted(list: &str, path: &str) -> bool {
        patterns(list).unwrap().iter().any(|pattern| matches(pattern, Path::new(path)))
    }

    #[test]
    fn a_star_stays_within_a_name_and_two_stars_do_not() {
        for (list, path, expected) in [
            ("/var/log/*", "/var/log/syslog", true),
            ("/var/log/*", "/var/log/.hidden", true),
            ("/var/log/*", "/var/log/apt/term.log", false),
            ("/var/log/**", "/var/log/apt/term.log", true),
            ("/var/log/**", "/var/log/syslog", true),
            ("/var/log/**", "/var/logs/syslog", false),
            ("/var/log/**", "/var/log", false),
            ("/home/**/notes", "/home/a/b/notes", true),
            ("/home/**/notes", "/home/a/b/other", false),
            ("/**", "/etc/shadow", true),
            ("/etc/a; /etc/b;", "/etc/b", true),
            ("/etc/a,b", "/etc/a,b", true),
            ("/etc/a", "/etc/a/", false),
            ("", "/etc/a", false),
        ] {
            assert_eq!(is_permitted(list, path), expected, "{list} {path}");
        }
    }

    #[test]
    fn a_path_that_can_never_be_is_an_error() {
        for (list, expected) in [
            ("/a;etc/b", "has a path that does not begin at the root, 'etc/b'"),
            ("/a/../b", "has a path with '..' in it, '/a/../b'"),
            ("/a/[", "has a bad pattern, '/a/[': invalid range pattern"),
        ] {
            assert_eq!(patterns(list).unwrap_err(), expected);
        }
    }
}
