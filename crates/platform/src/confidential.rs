//! Whether the guest's memory is kept secret from the host.

use crate::Root;
use std::fmt;

/// What keeps it secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// AMD's Secure Encrypted Virtualization with Secure Nested Paging.
    SevSnp,
    /// Intel's Trust Domain Extensions.
    Tdx,
    /// IBM's Secure Execution.
    SecureExecution,
}

/// The signs of each. The devices are where a guest asks for a proof of what it runs in: the kernel's
/// Documentation/virt/coco/sev-guest.rst, Documentation/ABI/testing/sysfs-devices-virtual-misc-tdx_guest and
/// Documentation/ABI/testing/sysfs-firmware-uv.
const DEVICES: &[(&str, Kind)] = &[
    ("/dev/sev-guest", Kind::SevSnp),
    ("/sys/devices/virtual/misc/sev-guest", Kind::SevSnp),
    ("/dev/tdx_guest", Kind::Tdx),
    ("/sys/devices/virtual/misc/tdx_guest", Kind::Tdx),
];
const SECURE_EXECUTION: &str = "/sys/firmware/uv/prot_virt_guest";

/// What keeps the guest's memory secret from its host; `None` if nothing does.
pub fn kind(root: &Root) -> Option<Kind> {
    if let Some((_, kind)) = DEVICES.iter().find(|(path, _)| root.exists(path)) {
        return Some(*kind);
    }
    let flag = root.read_text(SECURE_EXECUTION).ok().flatten()?;
    (flag.trim() == "1").then_some(Kind::SecureExecution)
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Kind::SevSnp => "SEV-SNP",
            Kind::Tdx => "TDX",
            Kind::SecureExecution => "Secure Execution",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a guest is found to be that has this one file.
    fn found(path: &str, content: &str) -> Option<Kind> {
        let tree = tempfile::tempdir().unwrap();
        let file = tree.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, content).unwrap();
        kind(&Root::at(tree.path()))
    }

    #[test]
    fn a_confidential_guest_is_known_by_its_device() {
        assert_eq!(found("dev/sev-guest", ""), Some(Kind::SevSnp));
        assert_eq!(found("sys/devices/virtual/misc/sev-guest/dev", "10:124\n"), Some(Kind::SevSnp));
        assert_eq!(found("dev/tdx_guest", ""), Some(Kind::Tdx));
        assert_eq!(found("sys/firmware/uv/prot_virt_guest", "1\n"), Some(Kind::SecureExecution));
    }

    #[test]
    fn other_guests_and_hosts_of_such_are_not() {
        assert_eq!(found("sys/firmware/uv/prot_virt_guest", "0\n"), None);
        assert_eq!(found("sys/firmware/uv/prot_virt_host", "1\n"), None);
        assert_eq!(found("dev/null", ""), None);
    }
}
