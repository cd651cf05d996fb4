//! What a security module of the kernel keeps a process from.

use crate::Root;
use std::path::Path;

/// A security module that watches over a process, whatever its user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confinement {
    /// Nothing does.
    None,
    /// SELinux, by the rules for a domain.
    Selinux {
        /// `virt_qemu_ga_t`, for example.
        domain: String,
    },
    /// `AppArmor`, by the rules of a profile.
    AppArmor {
        /// Its name.
        profile: String,
    },
}

/// What SELinux calls a domain without rules of its own.
const UNCONFINED: [&str; 3] = ["unconfined_t", "unconfined_service_t", "initrc_t"];

/// What confines the process `id`. Rules that are only reported, not enforced, don't count.
pub fn of(root: &Root, id: u32) -> Confinement {
    let context = |file: &str| {
        let path = Path::new("/proc").join(id.to_string()).join("attr").join(file);
        let context = root.read_text(path).ok().flatten()?;
        Some(context.trim_end_matches(['\0', '\n']).to_owned())
    };
    let flag = |path: &str| root.read_text(path).ok().flatten().map(|text| text.trim().to_owned());
    if flag("/sys/fs/selinux/enforce").as_deref() == Some("1") {
        let domain = context("current").as_deref().and_then(domain).map(str::to_owned);
        if let Some(domain) = domain.filter(|domain| !UNCONFINED.contains(&domain.as_str())) {
            return Confinement::Selinux { domain };
        }
    }
    if flag("/sys/module/apparmor/parameters/enabled").as_deref() == Some("Y") {
        let context = context("apparmor/current").or_else(|| context("current"));
        if let Some(profile) = context.as_deref().and_then(|context| context.strip_suffix(" (enforce)")) {
            return Confinement::AppArmor { profile: profile.to_owned() };
        }
    }
    Confinement::None
}

/// The third of user, role, type and level.
fn domain(context: &str) -> Option<&str> {
    context.split(':').nth(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use qga_testkit::fixture;

    #[test]
    fn only_rules_that_are_enforced_confine() {
        let selinux = |enforce: &str, domain: &str| {
            format!(
                "/sys/fs/selinux/enforce = {enforce}\n/proc/7/attr/current = system_u:system_r:{domain}:s0\n"
            )
        };
        let apparmor = |context: &str| {
            format!("/sys/module/apparmor/parameters/enabled = Y\n/proc/7/attr/current = {context}\n")
        };
        let domain = Confinement::Selinux { domain: "virt_qemu_ga_t".to_owned() };
        let profile = Confinement::AppArmor { profile: "/usr/sbin/qemu-ga".to_owned() };
        for (archive, expected) in [
            (String::new(), Confinement::None),
            (selinux("1", "virt_qemu_ga_t"), domain),
            (selinux("0", "virt_qemu_ga_t"), Confinement::None),
            (selinux("1", "unconfined_t"), Confinement::None),
            (apparmor("/usr/sbin/qemu-ga (enforce)"), profile),
            (apparmor("/usr/sbin/qemu-ga (complain)"), Confinement::None),
            (apparmor("unconfined"), Confinement::None),
        ] {
            let tree = fixture::unpack(&archive).unwrap();
            assert_eq!(of(&Root::at(tree.path()), 7), expected, "{archive}");
        }
    }
}
