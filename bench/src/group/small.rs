//! Commands that tell something about the guest: none may take longer than in the reference agent.
//!
//! On one processor, as otherwise it is measured whether the scheduler has put host and agent on the same: to wake
//! one that sleeps takes several times as long as most of these commands.

use super::request::{one_processor, round_trips};
use crate::line::{Group, LINE, Line, Size};

const CALLS: Size = Size::Less { quick: 30, full: 300 };

macro_rules! line {
    ($command:literal) => {
        Line {
            what: $command,
            size: CALLS,
            scene: one_processor,
            agent: |program, calls| {
                round_trips(program, concat!("{\"execute\":\"", $command, "\"}\n"), calls)
            },
            ..LINE
        }
    };
}

pub(crate) const GROUP: Group = Group {
    title: "Small commands, on one CPU",
    lines: &[
        line!("guest-get-osinfo"),
        line!("guest-get-host-name"),
        line!("guest-get-timezone"),
        line!("guest-get-time"),
        line!("guest-get-users"),
        line!("guest-get-vcpus"),
        line!("guest-get-cpustats"),
        line!("guest-get-load"),
        line!("guest-get-memory-blocks"),
        line!("guest-get-memory-block-info"),
        line!("guest-get-disks"),
        line!("guest-get-fsinfo"),
        line!("guest-get-diskstats"),
        line!("guest-network-get-interfaces"),
        line!("guest-network-get-route"),
        line!("guest-fsfreeze-status"),
    ],
};
