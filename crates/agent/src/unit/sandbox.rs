//! What systemd keeps the agent from: systemd.exec(5), systemd.resource-control(5).

use super::Plan;
use crate::need::{self, Need};
use qga_platform::capability;
use qga_transport::Method;

/// The settings, each on a line, with comments.
///
/// What would show commands another system than the guest's is left out, whatever it would be worth: other users,
/// devices, a network or a host name of the agent's own.
pub(super) fn settings(plan: &Plan) -> Vec<String> {
    let policy = &plan.policy;
    if plan.needs.contains(&Need::Programs) {
        return vec![format!("# By {policy} programs are run that may need anything: there is no sandbox.")];
    }
    let mut settings = vec![format!("# What {policy} needs, and no more; qemu-ga unit has made it.")];
    settings.extend(ALWAYS.iter().copied().map(str::to_owned));
    settings.push(format!(
        "CapabilityBoundingSet={}",
        capability::names(need::capabilities(&plan.needs)).join(" ")
    ));
    settings.push(format!("RestrictAddressFamilies={}", families(plan)));
    let unless = UNLESS.iter().filter(|(needs, _)| !needs.iter().any(|need| plan.needs.contains(need)));
    settings.extend(unless.flat_map(|(_, lines)| lines.iter().copied().map(str::to_owned)));
    settings.extend(calls(plan));
    settings.extend(files(plan));
    settings
}

/// What no command needs.
const ALWAYS: &[&str] = &[
    "IPAddressDeny=any",
    "KeyringMode=private",
    "LockPersonality=yes",
    "MemoryDenyWriteExecute=yes",
    "PrivateMounts=yes",
    "ProtectKernelModules=yes",
    "RestrictNamespaces=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "SystemCallArchitectures=native",
    "UMask=0077",
];

/// What is kept from the agent unless it has one of these needs.
const UNLESS: &[(&[Need], &[&str])] = &[
    (&[Need::Clock], &["ProtectClock=yes"]),
    (&[Need::Clock, Need::Stop], &["NoNewPrivileges=yes"]),
    (&[Need::Stop], &["ProtectProc=invisible"]),
    (&[Need::Files, Need::Hardware], &["ProtectKernelTunables=yes"]),
    // A guardian that ends a freeze tells the kernel's log, too.
    (&[Need::Files, Need::Guardian], &["ProtectKernelLogs=yes"]),
    (&[Need::Files], &["PrivateTmp=yes", "ProtectControlGroups=yes", "ProtectHome=read-only"]),
];

fn families(plan: &Plan) -> String {
    let netlink = plan.needs.contains(&Need::Network).then_some("AF_NETLINK");
    let vsock = (plan.method == Method::VsockListen).then_some("AF_VSOCK");
    // The log daemon, systemd and name services are reached by unix sockets.
    [Some("AF_UNIX"), netlink, vsock].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Programs of the system are left all calls: they do as they are used to.
fn calls(plan: &Plan) -> Vec<String> {
    if plan.needs.iter().any(|need| need.runs_programs()) {
        return Vec::new();
    }
    let identity = plan.needs.contains(&Need::User).then_some("SystemCallFilter=@setuid capset");
    // The agent refuses itself further calls, by seccomp.
    [
        "SystemCallFilter=@system-service",
        "SystemCallFilter=~@privileged @resources",
        "SystemCallFilter=seccomp",
    ]
    .into_iter()
    .chain(identity)
    .chain(["SystemCallErrorNumber=EPERM"])
    .map(str::to_owned)
    .collect()
}

fn files(plan: &Plan) -> Vec<String> {
    let needs = |need| plan.needs.contains(&need);
    if needs(Need::Files) {
        return Vec::new();
    }
    let mut settings = vec!["DevicePolicy=closed".to_owned()];
    if matches!(plan.method, Method::VirtioSerial | Method::IsaSerial) {
        settings.push(format!("DeviceAllow={} rw", plan.path.display()));
    }
    if needs(Need::Guardian) {
        settings.push("DeviceAllow=/dev/kmsg w".to_owned());
    }
    if needs(Need::Clock) {
        // The program that sets the hardware clock notes in /etc how far it was off.
        settings.extend(["DeviceAllow=char-rtc rw", "ProtectSystem=yes"].map(str::to_owned));
        return settings;
    }
    settings.push("ProtectSystem=strict".to_owned());
    settings.extend(plan.written.iter().map(|directory| format!("ReadWritePaths=-{}", directory.display())));
    settings
}
