//! Who serves the channel.

use super::Guest;
use super::channel::{Channel, Served};
use super::finding::Finding;
use super::service::UNIT;
use qga_platform::port;
use qga_platform::processes::{Process, holders, own_program};
use qga_platform::{Root, strerror};
use std::path::Path;

const TOPIC: &str = "agent";

/// What was found, and the agent that is running if it is this program.
pub(super) fn examine(guest: &Guest<'_>, channel: &Channel) -> (Vec<Finding>, Option<Process>) {
    let root = guest.root;
    let file = match &channel.served {
        Served::Unknown => return (Vec::new(), None),
        Served::ByNobody => return (vec![nobody()], None),
        Served::Open(file) => file,
    };
    let holders = match holders(root, file) {
        Ok(holders) => holders,
        Err(error) => {
            let text = format!("cannot tell who has the channel open: {}", strerror(&error));
            return (vec![Finding::warning(TOPIC, text, "is proc mounted at /proc?")], None);
        }
    };
    let own = own_program(root);
    let (ours, others): (Vec<_>, Vec<_>) =
        holders.into_iter().partition(|process| process.program.is_some() && process.program == own);
    let mut findings: Vec<Finding> = others.iter().map(|other| taken(file, other)).collect();
    match ours.first() {
        Some(agent) => findings.push(running(agent)),
        None if !others.is_empty() => {}
        None if guest.is_root => findings.push(nobody()),
        None => findings.push(Finding::warning(TOPIC, "whether it runs cannot be seen", "run this as root")),
    }
    findings.extend(host(root, channel));
    (findings, ours.into_iter().next())
}

fn running(agent: &Process) -> Finding {
    let id = agent.id;
    if agent.outlives_program {
        let text = format!("it runs as process {id}, but its file has been replaced since");
        return Finding::warning(TOPIC, text, format_args!("systemctl restart {UNIT}"));
    }
    Finding::fine(TOPIC, format_args!("it runs as process {id}"))
}

fn taken(file: &Path, other: &Process) -> Finding {
    let Process { id, name, program, .. } = other;
    let program = program.as_ref().map_or_else(|| name.clone(), |path| path.display().to_string());
    Finding::problem(
        TOPIC,
        format_args!("another program has {} open: {program}, process {id}", file.display()),
        format_args!(
            "stop it (systemctl status {id} tells its service, kill {id} ends it), then start the agent"
        ),
    )
}

fn nobody() -> Finding {
    let remedy = format!("systemctl start {UNIT}");
    Finding::problem(TOPIC, "it is not running: nobody serves the channel", remedy)
}

fn host(root: &Root, channel: &Channel) -> Option<Finding> {
    const TOPIC: &str = "host";
    let is_there = port::has_host(root, channel.port.as_deref()?)?;
    Some(if is_there {
        Finding::fine(TOPIC, "it has connected to the port")
    } else {
        let remedy = "is the channel's socket open there? qga doctor on the host tells";
        Finding::warning(TOPIC, "nothing there has connected to the port", remedy)
    })
}
