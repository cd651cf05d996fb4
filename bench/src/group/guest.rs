//! In a virtual machine of the lab, over the port that agents are for. Its processor is emulated.

use super::file::read_request;
use crate::{
    client::megabytes_per_second,
    line::{Group, LINE, Line, Round, Size, Target, Unit},
    program::Program,
};
use anyhow::{Result, ensure};
use qga_lab::{channel::Channel, layouts};
use serde_json::json;
use std::time::{Duration, Instant};

const MIB: usize = 1 << 20;
/// Of the guest: for a file in memory, and what the reference agent takes to read it.
const MEMORY_MIB: u32 = 512;
const PATIENCE: Duration = Duration::from_secs(300);

pub(crate) const GROUP: Group = Group {
    title: "In a guest",
    lines: &[Line {
        what: "guest-file-read, 48 MiB at once over a virtio port",
        unit: Unit::MegabytesPerSecond,
        target: Target::Ratio { must: 3.0, should: 3.0 },
        size: Size::Less { quick: 8 * MIB, full: 48 * MIB },
        rounds: 3,
        agent: read_over_virtio,
        ..LINE
    }],
};

/// A guest with both agents, of which one is asked.
fn read_over_virtio(program: &Program, size: usize) -> Result<Round> {
    ensure!(program.is_ours() || program.is_reference(), "only these two are in the guest");
    let mut guest = layouts::plain().named("bench").memory(MEMORY_MIB).with_reference().boot()?;
    guest.sh(&format!("head -c {size} /dev/zero > /run/file"))?;
    let mut reference = None;
    if program.is_reference() {
        guest.sh("/lab/start-reference")?;
        let channel = reference.insert(Channel::connect(&guest.socket("reference"))?);
        channel.sync(PATIENCE)?;
    }
    let channel = reference.as_mut().unwrap_or(&mut guest.agent);
    let handle = channel.call("guest-file-open", json!({"path": "/run/file"}), PATIENCE)?;
    let request = read_request(handle.as_i64().unwrap_or_default(), size);
    Ok(Box::new(move || {
        // All of it, as the guest ends with it.
        let guest = &mut guest;
        let channel = reference.as_mut().unwrap_or(&mut guest.agent);
        channel.call("guest-file-seek", json!({"handle": handle, "offset": 0, "whence": 0}), PATIENCE)?;
        let start = Instant::now();
        channel.send(request.as_bytes())?;
        ensure!(channel.line(PATIENCE)?.len() > size, "too little was read");
        Ok(megabytes_per_second(size, start.elapsed()))
    }))
}
