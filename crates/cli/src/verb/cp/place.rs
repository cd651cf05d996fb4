//! Which way a copy goes.

use crate::failure::Usage;

/// What stands before a path in the guest.
const GUEST: &str = "guest:";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    ToGuest,
    FromGuest,
}

/// What to copy and where to, without the prefixes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) direction: Direction,
    pub(super) sources: Vec<String>,
    pub(super) destination: String,
}

impl Route {
    pub(super) fn new(paths: &[String]) -> Result<Route, Usage> {
        let usage = |text: &str| Err(Usage(text.to_owned()));
        let Some((destination, sources)) = paths.split_last() else { return usage("nothing to copy") };
        let of_guest = sources.iter().filter(|path| path.starts_with(GUEST)).count();
        let direction = match (of_guest, destination.starts_with(GUEST)) {
            (0, true) => Direction::ToGuest,
            (count, false) if count == sources.len() => Direction::FromGuest,
            (0, false) => return usage("one side has to be in the guest: put guest: before its paths"),
            _ => return usage("all sources have to be on one side, and the destination on the other"),
        };
        let plain = |path: &String| path.strip_prefix(GUEST).unwrap_or(path).to_owned();
        let route = Route {
            direction,
            sources: sources.iter().map(plain).collect(),
            destination: plain(destination),
        };
        if route.sources.iter().chain([&route.destination]).any(String::is_empty) {
            return usage("a path is empty");
        }
        Ok(route)
    }
}

/// The last part of a path in the guest, which has slashes whatever this host has; none for `/`, `.` and `..`.
pub(super) fn last_name(path: &str) -> Option<&str> {
    let name = path.trim_end_matches('/').rsplit('/').next()?;
    (!matches!(name, "" | "." | "..")).then_some(name)
}

/// A path in the guest as it is given on the command line.
pub(super) fn in_guest(path: &str) -> String {
    format!("{GUEST}{path}")
}

/// A path below another one in the guest.
pub(super) fn below(directory: &str, name: &str) -> String {
    format!("{}/{name}", directory.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(paths: &[&str]) -> Result<Route, Usage> {
        Route::new(&paths.iter().map(|&path| path.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn exactly_one_side_is_in_the_guest() {
        let up = route(&["a", "b", "guest:/tmp"]).unwrap();
        assert_eq!(
            (up.direction, up.sources, &*up.destination),
            (Direction::ToGuest, vec!["a".into(), "b".into()], "/tmp")
        );
        let down = route(&["guest:/a", "."]).unwrap();
        assert_eq!((down.direction, &*down.sources[0]), (Direction::FromGuest, "/a"));
        for wrong in [&["a", "b"][..], &["guest:/a", "guest:/b"], &["a", "guest:/b", "c"], &["a", "guest:"]] {
            assert!(route(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_guests_paths_have_slashes() {
        assert_eq!(last_name("/a/b/"), Some("b"));
        for path in ["/", "", "/a/..", "."] {
            assert_eq!(last_name(path), None, "{path}");
        }
        assert_eq!(below("/", "a"), "/a");
        assert_eq!(below("/a/", "b"), "/a/b");
    }
}
