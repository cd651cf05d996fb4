//! `qga demo`: a real agent on this machine, and what a host sees of it.

mod agent;
mod round_trip;
mod stage;

use crate::args::Common;
use crate::layout::Rows;
use crate::output;
use crate::overview;
use crate::terminal::Escaped;
use qga_client::Client;
use qga_wire::family::system::Info;
use qga_wire::list::COMMANDS;
use stage::{Curtain, Scene, Stage};
use std::io::Write;

const INTRODUCTION: &str = "\
A guest agent runs inside a virtual machine and does what the host asks of it. This demo needs
no virtual machine: its agent runs right here, on a socket of its own, and is allowed nothing
that could do harm.
";

const END: &str = "\
The agent has ended and its directory is gone. To talk to a guest of yours:

  qga -c unix:/path/of/its/channel.sock info
";

pub(crate) fn run(common: &Common) -> anyhow::Result<()> {
    let mut out = output::text();
    writeln!(out, "{INTRODUCTION}")?;
    let program = agent::program()?;
    let curtain = Curtain::new()?;
    let scene = curtain.raise(|| Stage::set(&program))?;
    let mut rows = Rows::default();
    rows.add("Program", [format!("{}, process {}", Escaped(program.display()), scene.process)]);
    rows.add("Allowed", [format!("{} of its {} commands", agent::allowed().count(), COMMANDS.len())]);
    output::laid_out(&rows)?;
    writeln!(out)?;
    let shown = show(common, &scene, &mut out);
    let cleaned_up = curtain.fall();
    shown?;
    cleaned_up?;
    Ok(write!(out, "{END}")?)
}

fn show(common: &Common, scene: &Scene, out: &mut impl Write) -> anyhow::Result<()> {
    let mut client = Client::connect(&scene.address, common.options())?;
    agent::refuse_disobedience(&client.call(&Info {})?)?;
    writeln!(out, "What it tells of this machine, as qga info shows it:\n")?;
    output::laid_out(&overview::rows(&mut client)?)?;
    writeln!(out, "\nA file to it and back:\n")?;
    output::laid_out(&round_trip::run(&mut client, &scene.scratch)?)?;
    Ok(writeln!(out)?)
}
