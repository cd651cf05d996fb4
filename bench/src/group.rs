//! The parts of the table.

mod copy;
mod devices;
mod exec;
mod file;
mod guest;
mod input;
mod network;
mod process;
mod request;
mod small;

use crate::line::Group;

pub(crate) use file::pieces;

/// All of them, in the order of the table.
pub(crate) const GROUPS: &[Group] = &[
    request::GROUP,
    small::GROUP,
    file::GROUP,
    copy::GROUP,
    exec::GROUP,
    network::GROUP,
    devices::GROUP,
    input::GROUP,
    process::GROUP,
    guest::GROUP,
];
