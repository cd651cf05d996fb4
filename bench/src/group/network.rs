//! Big networks, each in a namespace that ends with the thread that made it and the agents it started.

use super::request::round_trips;
use crate::{
    limit::{self, Dump},
    line::{Group, LINE, Line, Round, Size, Target, Unit},
    program::Program,
};
use anyhow::{Context, Result, ensure};
use nix::sched::{CloneFlags, unshare};
use std::{
    fmt::Write as _,
    io::Write as _,
    process::{Command, Stdio},
};

const INTERFACES: &str = "{\"execute\":\"guest-network-get-interfaces\"}\n";
const ROUTES: &str = "{\"execute\":\"guest-network-get-route\"}\n";

pub(crate) const GROUP: Group = Group {
    title: "Big networks",
    lines: &[
        Line {
            what: "guest-network-get-interfaces, 4000 interfaces",
            target: Target::Ratio { must: 0.02, should: 0.008 },
            size: Size::Grows { from: 1000, to: 4000 },
            scene: many_interfaces,
            agent: |program, _| once(program, INTERFACES),
            limit: Some(|_| Ok(limit::netlink(Dump::Links))),
            ..BIG
        },
        Line {
            what: "guest-network-get-interfaces, 10,000 addresses",
            target: Target::Ratio { must: 0.3, should: 0.15 },
            size: Size::Grows { from: 2500, to: 10_000 },
            scene: many_addresses,
            agent: |program, _| once(program, INTERFACES),
            limit: Some(|_| Ok(limit::netlink(Dump::Addresses))),
            ..BIG
        },
        Line { what: "guest-network-get-route, 50,000 routes", scene: many_routes, ..MANY_ROUTES },
        Line { what: "guest-network-get-route, 50,000 of IPv6", scene: many_ipv6_routes, ..MANY_ROUTES },
    ],
};

const MANY_ROUTES: Line = Line {
    target: Target::Ratio { must: 0.35, should: 0.05 },
    size: Size::Grows { from: 12_500, to: 50_000 },
    agent: |program, _| once(program, ROUTES),
    limit: Some(|_| Ok(limit::netlink(Dump::Routes))),
    ..BIG
};

const BIG: Line = Line { unit: Unit::Milliseconds, rounds: 3, ..LINE };

/// One call, in milliseconds.
pub(super) fn once(program: &Program, request: &'static str) -> Result<Round> {
    let mut round = round_trips(program, request, 1)?;
    Ok(Box::new(move || Ok(round()? / 1000.0)))
}

fn many_interfaces(count: usize) -> Result<()> {
    let command = |commands: &mut String, number| {
        writeln!(commands, "link add bench{number} type bridge")?;
        writeln!(commands, "address add {}/32 dev bench{number}", address(number))
    };
    own_network(command, count)
}

fn many_addresses(count: usize) -> Result<()> {
    own_network(|commands, number| writeln!(commands, "address add {}/32 dev lo", address(number)), count)
}

fn many_routes(count: usize) -> Result<()> {
    own_network(|commands, number| writeln!(commands, "route add {}/32 dev lo", address(number)), count)
}

fn many_ipv6_routes(count: usize) -> Result<()> {
    let command = |commands: &mut String, number: usize| {
        writeln!(commands, "route add fd00:{:x}:{:x}::/48 dev lo", number >> 8, number & 0xFF)
    };
    own_network(command, count)
}

fn address(number: usize) -> String {
    format!("10.{}.{}.{}", number >> 16, number >> 8 & 0xFF, number & 0xFF)
}

/// Leaves the machine's network for a new one with nothing in it, and fills that by ip-batch(8).
fn own_network(command: fn(&mut String, usize) -> std::fmt::Result, count: usize) -> Result<()> {
    unshare(CloneFlags::CLONE_NEWNET).context("a network of one's own takes root's rights")?;
    let mut commands = "link set lo up\n".to_owned();
    for number in 1..=count {
        command(&mut commands, number)?;
    }
    let mut ip = Command::new("ip").args(["-batch", "-"]).stdin(Stdio::piped()).spawn()?;
    ip.stdin.take().context("no input")?.write_all(commands.as_bytes())?;
    ensure!(ip.wait()?.success(), "ip refused");
    Ok(())
}
