//! The programs and devices of the system that permitted commands use.

use super::finding::Finding;
use qga_platform::power::{Stop, can_stop};
use qga_platform::{Root, account, time};
use qga_wire::list::{SetTime, SetUserPassword, Shutdown};
use qga_wire::{Command, Declaration};
use std::path::Path;

/// Where a service looks for programs that have no path (systemd.exec(5)).
const PATH: [&str; 6] = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// Something that a command uses.
struct Tool {
    command: &'static Declaration,
    is_there: fn(&Root) -> bool,
    missing: &'static str,
    remedy: &'static str,
}

const TOOLS: [Tool; 4] = [
    Tool {
        command: &Shutdown::DECLARATION,
        is_there: |root| can_stop(root, Stop::Powerdown) && can_stop(root, Stop::Reboot),
        missing: "there is neither /sbin/poweroff nor /sbin/shutdown",
        remedy: "install what the system's init brings: systemd-sysv, sysvinit-core, busybox",
    },
    Tool {
        command: &SetUserPassword::DECLARATION,
        is_there: |root| {
            PATH.iter().any(|place| root.is_executable(Path::new(place).join(account::CHPASSWD)))
        },
        missing: "there is no chpasswd",
        remedy: "install it: package passwd, shadow or shadow-utils",
    },
    Tool {
        command: &SetTime::DECLARATION,
        is_there: |root| root.is_executable(time::HWCLOCK),
        missing: "there is no /sbin/hwclock",
        remedy: "install it: package util-linux or util-linux-extra",
    },
    Tool {
        command: &SetTime::DECLARATION,
        is_there: |root| {
            root.entries("/sys/class/rtc").ok().flatten().is_some_and(|clocks| !clocks.is_empty())
        },
        missing: "there is no hardware clock",
        remedy: "modprobe rtc_cmos; without one the host can set the clock only to a time that it names",
    },
];

pub(super) fn examine(root: &Root, permits: impl Fn(&Declaration) -> bool) -> Vec<Finding> {
    const TOPIC: &str = "tools";
    let missing = TOOLS.iter().filter(|tool| permits(tool.command) && !(tool.is_there)(root));
    let findings: Vec<Finding> = missing
        .map(|tool| {
            Finding::warning(
                TOPIC,
                format_args!("{}, which {} uses", tool.missing, tool.command.name),
                tool.remedy,
            )
        })
        .collect();
    if findings.is_empty() {
        return vec![Finding::fine(TOPIC, "programs and devices that permitted commands use are there")];
    }
    findings
}
