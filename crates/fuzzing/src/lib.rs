//! Any bytes for everything that reads what others wrote.
//!
//! Map: [`TARGETS`] is the list; [`stream`] has what comes through the channel, [`tree`] what is read from the
//! guest's files; the configuration is the agent's own. The fuzzer (`fuzz/`, `cargo xtask fuzz`) and the test
//! over the seeds (`tests/seeds.rs`) are readers of the list.
//!
//! Invariants: a target takes any bytes, changes nothing but a directory of its own, and panics when something
//! is wrong; that is how a fuzzer is told.
#![forbid(unsafe_code)]

mod stream;
mod tree;

/// Something that must be able to take any bytes.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// What it is called; its seeds are in `fuzz/seeds/NAME`.
    pub name: &'static str,
    /// Takes the bytes, and panics if what becomes of them is wrong.
    pub run: fn(&[u8]),
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target { name: "parser", run: stream::parser },
    Target { name: "request", run: stream::request },
    Target { name: "configuration", run: qga_agent::fuzzing::configuration },
    Target { name: "policy", run: qga_agent::fuzzing::policy },
    Target { name: "options", run: qga_agent::fuzzing::options },
    Target { name: "mountinfo", run: tree::mountinfo },
    Target { name: "mounts", run: tree::mounts },
    Target { name: "net-dev", run: tree::interface_counters },
    Target { name: "ipv4-routes", run: tree::ipv4_routes },
    Target { name: "ipv6-routes", run: tree::ipv6_routes },
    Target { name: "diskstats", run: tree::disk_counters },
    Target { name: "stat", run: tree::processor_times },
    Target { name: "uevent", run: tree::uevent },
    Target { name: "udev", run: tree::udev },
    Target { name: "utmp", run: tree::logins },
    Target { name: "os-release", run: tree::os_release },
    Target { name: "authorized-keys", run: tree::authorized_keys },
    Target { name: "timezone", run: tree::timezone },
    Target { name: "zone-file", run: tree::zone_file },
];

/// The target of this name.
pub fn target(name: &str) -> Option<Target> {
    TARGETS.iter().copied().find(|target| target.name == name)
}
