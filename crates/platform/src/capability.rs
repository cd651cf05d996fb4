//! What a process of root's may do that others may not: capabilities(7).

use crate::Root;
use std::io;
use std::path::Path;

pub use rustix::thread::CapabilitySet as Capabilities;

/// The capabilities that the process `id` has in effect; `None` if it is gone.
pub fn of(root: &Root, id: u32) -> io::Result<Option<Capabilities>> {
    let status = root.read_text(Path::new("/proc").join(id.to_string()).join("status"))?;
    let mask = status.as_deref().and_then(|status| {
        let mask = status.lines().find_map(|line| line.strip_prefix("CapEff:"))?;
        u64::from_str_radix(mask.trim(), 16).ok()
    });
    Ok(mask.map(Capabilities::from_bits_retain))
}

/// Their names: `CAP_SYS_TIME`.
pub fn names(capabilities: Capabilities) -> Vec<String> {
    capabilities.iter_names().map(|(name, _)| format!("CAP_{name}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use qga_testkit::fixture;

    #[test]
    fn those_in_effect_count() {
        let tree =
            fixture::unpack("/proc/7/status:\n\tCapPrm:\tffffffffff\n\tCapEff:\t0000000000200004\n").unwrap();
        let root = Root::at(tree.path());
        let found = of(&root, 7).unwrap().unwrap();
        assert_eq!(names(found), ["CAP_DAC_READ_SEARCH", "CAP_SYS_ADMIN"]);
        assert_eq!(of(&root, 8).unwrap(), None);
    }
}
