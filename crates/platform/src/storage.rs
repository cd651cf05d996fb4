//! Disks and filesystems: what they are, where they are attached, how full and how busy (compat.md C.13).
//!
//! A disk that says something odd is told with less; it never hides the others.

mod address;
mod device;
mod disks;
mod filesystems;
mod sizes;
mod smart;
mod stats;
mod sys;

pub use disks::disks;
pub use filesystems::filesystems;
pub use sizes::Sizes;
pub use stats::stats;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Root;
    use qga_testkit::fixture;
    use serde_json::{Value, json};
    use std::fs;

    /// What is told of the machine that `NAME.tree` stands for, beside the answer in `NAME.json`.
    ///
    /// The order of a directory differs with the filesystem that the tree is on, so both are sorted; sizes
    /// are those of this machine, and left out.
    fn told_and_expected(machine: &str) -> (Value, Value) {
        let fixture = |ending| format!("{}/fixtures/{machine}.{ending}", env!("CARGO_MANIFEST_DIR"));
        let tree = fixture::unpack(&fs::read_to_string(fixture("tree")).unwrap()).unwrap();
        let expected = fs::read_to_string(fixture("json")).unwrap();
        (sorted(told(&Root::at(tree.path()))), sorted(serde_json::from_str(&expected).unwrap()))
    }

    fn told(root: &Root) -> Value {
        let mut filesystems = filesystems(root, &Sizes::default()).unwrap();
        for filesystem in &mut filesystems {
            filesystem.used_bytes = None;
            filesystem.total_bytes = None;
            filesystem.total_bytes_privileged = None;
        }
        json!({ "disks": as_sent(&disks(root).unwrap()), "filesystems": as_sent(&filesystems) })
    }

    fn as_sent(value: &impl serde::Serialize) -> Value {
        let mut text = Vec::new();
        qga_wire::json::write(&mut text, value).unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    fn sorted(mut told: Value) -> Value {
        sort(&mut told["disks"]);
        for disk in told["disks"].as_array_mut().unwrap() {
            sort(&mut disk["dependencies"]);
        }
        for filesystem in told["filesystems"].as_array_mut().unwrap() {
            sort(&mut filesystem["disk"]);
        }
        told
    }

    fn sort(list: &mut Value) {
        list.as_array_mut().unwrap().sort_by_key(Value::to_string);
    }

    #[test]
    fn disks_on_all_kinds_of_buses_are_told_as_the_reference_tells_them() {
        let (told, expected) = told_and_expected("q35");
        assert_eq!(told, expected);
    }

    #[test]
    fn a_disk_that_serves_a_filesystem_twice_is_told_twice() {
        let (told, expected) = told_and_expected("pc");
        assert_eq!(told, expected);
    }

    #[test]
    fn a_path_to_a_disk_is_no_disk() {
        let (told, expected) = told_and_expected("nvme-paths");
        assert_eq!(told, expected);
    }

    #[test]
    fn a_system_without_udev_has_no_serial_numbers() {
        let (told, expected) = told_and_expected("microvm");
        assert_eq!(told, expected);
    }

    #[test]
    fn disks_on_channels_have_channel_addresses() {
        let (told, expected) = told_and_expected("s390x");
        assert_eq!(told, expected);
    }

    #[test]
    fn a_disk_on_two_paths_is_told_for_each() {
        let (told, expected) = told_and_expected("multipath");
        assert_eq!(told, expected);
    }

    #[test]
    fn devices_that_a_container_cannot_see_hide_no_others() {
        let (told, expected) = told_and_expected("container");
        assert_eq!(told, expected);
    }

    #[test]
    fn a_system_without_sysfs_is_an_error() {
        let tree = fixture::unpack("").unwrap();
        let root = Root::at(tree.path());
        let told = disks(&root).unwrap_err().to_string();
        assert_eq!(told, "Can't open directory \"/sys/block\": No such file or directory");
        let told = filesystems(&root, &Sizes::default()).unwrap_err().to_string();
        assert_eq!(told, "failed to open mtab file: '/proc/self/mounts'");
    }
}
