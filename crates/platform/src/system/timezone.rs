//! The time zone, as `TZ` or /etc/localtime says (tzset(3)).

use crate::Root;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::env;
use std::path::Path;
use std::time::SystemTime;

const LOCALTIME: &str = "/etc/localtime";
const ZONES: &str = "/usr/share/zoneinfo";

/// What the clocks on the wall show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timezone {
    /// The abbreviation that is in use: `CET`.
    pub zone: String,
    /// Seconds ahead of UTC; negative west of it.
    pub offset: i32,
}

/// What the variable `TZ` of this process says.
pub fn zone_variable() -> Option<String> {
    env::var_os("TZ").map(|zone| zone.to_string_lossy().into_owned())
}

/// What is in force at `time`. `variable` is what `TZ` says; without it /etc/localtime counts. Whatever means
/// nothing, or cannot be read, is UTC.
///
/// Files are read anew each time, so that the answer follows an administrator's change at once.
pub fn timezone(root: &Root, variable: Option<&str>, time: SystemTime) -> Timezone {
    let zone = zone(root, variable);
    let info = zone.to_offset_info(Timestamp::try_from(time).unwrap_or(Timestamp::MAX));
    Timezone { zone: info.abbreviation().to_owned(), offset: info.offset().seconds() }
}

/// The year on a calendar there at a moment, in seconds since 1970 UTC; `None` outside the years -9999 to 9999.
pub(crate) fn local_year(root: &Root, variable: Option<&str>, seconds: i64) -> Option<i16> {
    let time = Timestamp::from_second(seconds).ok()?;
    Some(zone(root, variable).to_datetime(time).year())
}

fn zone(root: &Root, variable: Option<&str>) -> TimeZone {
    let zone = match variable {
        Some(variable) => named(root, variable.strip_prefix(':').unwrap_or(variable)),
        None => from_file(root, Path::new(LOCALTIME)),
    };
    zone.unwrap_or(TimeZone::UTC)
}

/// A file, by its path or its name among the zones, or a rule spelled out: `CET-1CEST,M3.5.0,M10.5.0/3`.
fn named(root: &Root, name: &str) -> Option<TimeZone> {
    if name.is_empty() {
        return None;
    }
    from_file(root, &Path::new(ZONES).join(name)).or_else(|| TimeZone::posix(name).ok())
}

fn from_file(root: &Root, path: &Path) -> Option<TimeZone> {
    // Nothing there, a directory, or no zone in it: one is as useless as the other.
    let content = root.read(path).ok()??;
    TimeZone::tzif("", &content).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::time::Duration;

    /// 2024-01-15 and 2024-07-15.
    const WINTER: u64 = 1_705_276_800;
    const SUMMER: u64 = 1_721_001_600;

    fn at(variable: Option<&str>, root: &Root, seconds: u64) -> (String, i32) {
        let Timezone { zone, offset } =
            timezone(root, variable, SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        (zone, offset)
    }

    fn zone(zone: &str, offset: i32) -> (String, i32) {
        (zone.to_owned(), offset)
    }

    /// A zone file of version 2 that has nothing but a rule in its end: tzfile(5).
    fn zone_file(rule: &str) -> Vec<u8> {
        let mut part = b"TZif2".to_vec();
        part.extend([0; 15]);
        for count in [0_u32, 0, 0, 0, 1, 4] {
            part.extend(count.to_be_bytes());
        }
        part.extend([0; 6]);
        part.extend(b"LMT\0");
        [&part, &part, &b"\n"[..], rule.as_bytes(), b"\n"].concat()
    }

    fn system_with(files: &[(&str, &str)]) -> (tempfile::TempDir, Root) {
        let tree = tempfile::tempdir().unwrap();
        for (path, rule) in files {
            let path = tree.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, zone_file(rule)).unwrap();
        }
        let root = Root::at(tree.path());
        (tree, root)
    }

    #[test]
    fn a_rule_in_the_variable_knows_daylight_saving() {
        let (_tree, root) = system_with(&[]);
        let cases = [
            ("CET-1CEST,M3.5.0,M10.5.0/3", zone("CET", 3600), zone("CEST", 7200)),
            ("NZST-12NZDT,M9.5.0,M4.1.0/3", zone("NZDT", 46_800), zone("NZST", 43_200)),
            ("IST-1GMT0,M10.5.0,M3.5.0/1", zone("GMT", 0), zone("IST", 3600)),
            ("<-03>3", zone("-03", -10_800), zone("-03", -10_800)),
            ("XYZ-5:45", zone("XYZ", 20_700), zone("XYZ", 20_700)),
            (":EST5", zone("EST", -18_000), zone("EST", -18_000)),
        ];
        for (variable, winter, summer) in cases {
            let told = [WINTER, SUMMER].map(|seconds| at(Some(variable), &root, seconds));
            assert_eq!(told, [winter, summer], "{variable}");
        }
    }

    #[test]
    fn a_name_or_a_path_in_the_variable_is_a_file() {
        let (_tree, root) = system_with(&[
            ("usr/share/zoneinfo/Europe/Berlin", "CET-1CEST,M3.5.0,M10.5.0/3"),
            ("opt/zone", "JST-9"),
        ]);
        for variable in ["Europe/Berlin", ":Europe/Berlin", "/usr/share/zoneinfo/Europe/Berlin"] {
            assert_eq!(at(Some(variable), &root, SUMMER), zone("CEST", 7200), "{variable}");
        }
        assert_eq!(at(Some("/opt/zone"), &root, SUMMER), zone("JST", 32_400));
    }

    #[test]
    fn without_the_variable_localtime_counts() {
        let (tree, root) = system_with(&[("etc/localtime", "JST-9")]);
        assert_eq!(at(None, &root, WINTER), zone("JST", 32_400));
        fs::write(tree.path().join("etc/localtime"), zone_file("EST5")).unwrap();
        assert_eq!(at(None, &root, WINTER), zone("EST", -18_000), "a change is seen at once");
        assert_eq!(at(Some(""), &root, WINTER), zone("UTC", 0));
    }

    #[test]
    fn what_means_nothing_is_utc() {
        let (tree, root) = system_with(&[("usr/share/zoneinfo/Europe/Berlin", "CET-1")]);
        for variable in [None, Some("garbage"), Some("Europe"), Some("Nowhere/City"), Some(" UTC")] {
            assert_eq!(at(variable, &root, WINTER), zone("UTC", 0), "{variable:?}");
        }
        fs::create_dir(tree.path().join("etc")).unwrap();
        fs::write(tree.path().join("etc/localtime"), "no zone").unwrap();
        assert_eq!(at(None, &root, WINTER), zone("UTC", 0));
    }

    #[test]
    fn a_year_begins_earlier_in_the_east() {
        let (_tree, root) = system_with(&[("etc/localtime", "JST-9")]);
        let years = [0, 1_798_729_200 - 1, 1_798_729_200, 3_155_000_000, i64::MAX]
            .map(|seconds| local_year(&root, None, seconds));
        assert_eq!(years, [Some(1970), Some(2026), Some(2027), Some(2069), None]);
        assert_eq!(local_year(&root, Some("UTC0"), 1_798_729_200), Some(2026));
    }
}
