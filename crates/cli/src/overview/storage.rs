//! The guest's filesystems and how full they are, a line each.

use crate::layout::{bar, side_by_side};
use crate::terminal::Escaped;
use indicatif::BinaryBytes;
use qga_wire::family::storage::FilesystemInfo;

const BAR: usize = 24;

pub(crate) fn lines(filesystems: &[FilesystemInfo]) -> Vec<String> {
    let line = |filesystem: &FilesystemInfo| (Escaped(&filesystem.mountpoint).to_string(), told(filesystem));
    side_by_side(filesystems.iter().map(line))
}

fn told(filesystem: &FilesystemInfo) -> String {
    match (filesystem.used_bytes, filesystem.total_bytes) {
        (Some(used), Some(total)) => {
            format!("{} of {}, {}", bar(used, total, BAR), BinaryBytes(total), Escaped(&filesystem.r#type))
        }
        _ => Escaped(&filesystem.r#type).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filesystem_is_a_line_with_a_bar() {
        let root = FilesystemInfo {
            name: "vda1".into(),
            total_bytes: Some(4 << 30),
            total_bytes_privileged: None,
            mountpoint: "/".into(),
            disk: vec![],
            used_bytes: Some(1 << 30),
            r#type: "ext4".into(),
        };
        let other = FilesystemInfo { mountpoint: "/m\n".into(), used_bytes: None, ..root.clone() };
        let expected = ["/     ██████░░░░░░░░░░░░░░░░░░  25 % of 4.00 GiB, ext4", "/m\\n  ext4"];
        assert_eq!(lines(&[root, other]), expected);
    }
}
