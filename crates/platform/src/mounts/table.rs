//! The kernel's two tables of mounts, as text: see proc(5).

use super::Device;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// What a line tells.
pub(super) struct Line<'t> {
    /// The number of the device; the older table has none.
    pub(super) device: Option<Device>,
    pub(super) mount_point: PathBuf,
    pub(super) kind: &'t [u8],
    /// What is mounted: a device's path, or whatever the filesystem's driver takes.
    pub(super) source: PathBuf,
}

/// `ID PARENT MAJOR:MINOR ROOT MOUNTPOINT OPTIONS [TAG...] - TYPE SOURCE OPTIONS`
pub(super) fn mountinfo(text: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let line = |line| {
        let mut fields = fields(line).skip(2);
        let device = number(fields.next()?)?;
        let mount_point = path(fields.nth(1)?);
        let mut rest = fields.skip(1).skip_while(|field| *field != b"-").skip(1);
        let (kind, source) = (rest.next()?, path(rest.next()?));
        Some(Line { device: Some(device), mount_point, kind, source })
    };
    lines(text).filter_map(line)
}

/// `SOURCE MOUNTPOINT TYPE OPTIONS 0 0`
pub(super) fn mounts(text: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let line = |line| {
        let mut fields = fields(line);
        let (source, mount_point) = (path(fields.next()?), path(fields.next()?));
        Some(Line { device: None, mount_point, kind: fields.next()?, source })
    };
    lines(text).filter_map(line)
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b'\n')
}

fn fields(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|byte| *byte == b' ').filter(|field| !field.is_empty())
}

/// `MAJOR:MINOR`
pub(super) fn number(field: &[u8]) -> Option<Device> {
    let (major, minor) = std::str::from_utf8(field).ok()?.split_once(':')?;
    Some(Device { major: major.parse().ok()?, minor: minor.parse().ok()? })
}

fn path(field: &[u8]) -> PathBuf {
    PathBuf::from(OsString::from_vec(unescaped(field)))
}

/// The kernel writes blanks, backslashes and the like as a backslash and three octal digits.
fn unescaped(field: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((first, tail)) = rest.split_first() {
        (plain, rest) = match tail {
            [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', tail @ ..] if *first == b'\\' => {
                plain.push((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'));
                (plain, tail)
            }
            tail => {
                plain.push(*first);
                (plain, tail)
            }
        };
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_octal_numbers_of_three_digits() {
        let table: [(&str, &[u8]); 6] = [
            ("/a\\040b", b"/a b"),
            ("\\134\\011\\012\\043", b"\\\t\n#"),
            ("/\\377", b"/\xff"),
            ("/a\\4", b"/a\\4"),
            ("/a\\400\\089", b"/a\\400\\089"),
            ("\\", b"\\"),
        ];
        for (escaped, plain) in table {
            assert_eq!(unescaped(escaped.as_bytes()), plain, "{escaped}");
        }
    }

    #[test]
    fn optional_tags_may_be_none_or_many() {
        let text = b"1 2 8:1 / /x rw - ext4 /dev/a rw\n1 2 8:2 /r /y rw shared:1 master:2 - xfs /dev/b rw";
        let lines: Vec<_> = mountinfo(text).map(|line| (line.mount_point, line.kind, line.source)).collect();
        let expected = [("/x", &b"ext4"[..], "/dev/a"), ("/y", b"xfs", "/dev/b")];
        assert_eq!(lines, expected.map(|(point, kind, source)| (point.into(), kind, source.into())));
    }
}
