//! Commands that tell something about the guest: none may take longer than in the reference agent.

use super::request::round_trips;
use crate::line::{Group, LINE, Line, Size};

const CALLS: Size = Size::Less { quick: 30, full: 300 };

macro_rules! line {
    ($command:literal) => {
        Line {
            what: $command,
            size: CALLS,
            agent: |program, calls| {
                round_trips(program, concat!("{\"execute\":\"", $command, "\"}\n"), calls)
            },
            ..LINE
        }
    };
}

pub(crate) const GROUP: Group = Group {
    title: "Small commands",
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
