//! What a process of root's may do that others may not: capabilities(7).

use crate::Root;
use rustix::thread::{
    CapabilitySets, capabilities, capability_is_in_bounding_set, remove_capability_from_bounding_set,
    set_capabilities,
};
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

/// Gives up all others for good, in this thread and those that it starts, and in the programs they run.
///
/// Only root's can be given up; who has none keeps none.
pub fn limit(kept: Capabilities) -> io::Result<()> {
    let held = capabilities(None)?;
    // Programs of root's get all that the bounding set has. Who may not change it is not root, or in a sandbox.
    let may_change = held.effective.contains(Capabilities::SETPCAP);
    for capability in known().filter(|capability| may_change && !kept.contains(*capability)) {
        if capability_is_in_bounding_set(capability)? {
            remove_capability_from_bounding_set(capability)?;
        }
    }
    let left = held.permitted & kept;
    if left != held.permitted || left != held.effective || !held.inheritable.is_empty() {
        let none = Capabilities::empty();
        set_capabilities(None, CapabilitySets { effective: left, permitted: left, inheritable: none })?;
    }
    Ok(())
}

/// Those that the kernel knows, be they newer than this program.
fn known() -> impl Iterator<Item = Capabilities> {
    let each = (0..u64::BITS).map(|bit| Capabilities::from_bits_retain(1 << bit));
    each.take_while(|capability| capability_is_in_bounding_set(*capability).is_ok())
}

/// Their names: `CAP_SYS_TIME`.
pub fn names(capabilities: Capabilities) -> Vec<String> {
    capabilities.iter_names().map(|(name, _)| format!("CAP_{name}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use qga_testkit::fixture;
    use std::process::Command;
    use std::thread;

    #[test]
    fn what_is_given_up_is_gone_for_the_programs_of_the_thread_too() {
        let shown = thread::spawn(|| {
            if !crate::process::is_root() {
                return "CapBnd:\t0000000000000004\n".repeat(2);
            }
            limit(Capabilities::DAC_READ_SEARCH).unwrap();
            limit(Capabilities::DAC_READ_SEARCH).unwrap();
            let program = Command::new("grep").args(["-E", "Cap(Eff|Bnd)", "/proc/self/status"]).output();
            String::from_utf8(program.unwrap().stdout).unwrap()
        });
        let shown = shown.join().unwrap();
        assert_eq!(shown.lines().filter(|line| line.ends_with("\t0000000000000004")).count(), 2, "{shown}");
    }

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
