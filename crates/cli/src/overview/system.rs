//! What runs in the guest.

use crate::terminal::Escaped;
use qga_wire::family::system::{OsInfo, User};

/// The distribution, the kernel and the machine, as far as they are told.
pub(crate) fn line(info: &OsInfo) -> String {
    let kernel = info.kernel_release.as_ref().map(|release| format!("kernel {release}"));
    let system = info.pretty_name.as_ref().or(info.name.as_ref()).cloned();
    let parts: Vec<_> = [system, kernel, info.machine.clone()].into_iter().flatten().collect();
    if parts.is_empty() { "unknown".to_owned() } else { Escaped(parts.join(", ")).to_string() }
}

/// Who is logged in.
pub(crate) fn users(users: &[User]) -> String {
    let names: Vec<_> = users.iter().map(|user| Escaped(&user.user).to_string()).collect();
    if names.is_empty() { "nobody is logged in".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_told_is_left_out() {
        let nothing = OsInfo {
            name: None,
            kernel_release: None,
            version: None,
            variant: None,
            pretty_name: None,
            version_id: None,
            variant_id: None,
            kernel_version: None,
            machine: None,
            id: None,
        };
        assert_eq!(line(&nothing), "unknown");
        let kernel = OsInfo { kernel_release: Some("6.1".into()), machine: Some("arm64".into()), ..nothing };
        assert_eq!(line(&kernel), "kernel 6.1, arm64");
        let named = OsInfo { name: Some("Debian".into()), ..kernel.clone() };
        assert_eq!(line(&named), "Debian, kernel 6.1, arm64");
        let pretty = OsInfo { pretty_name: Some("Debian 12\n".into()), ..named };
        assert_eq!(line(&pretty), "Debian 12\\n, kernel 6.1, arm64");
    }
}
