//! `qga shutdown`, `qga reboot`, `qga halt` and `qga suspend`.

mod wait;

use crate::args::{Common, seconds};
use crate::output;
use crate::verb::show::done;
use clap::ValueEnum;
use qga_wire::family::power::{Shutdown, SuspendDisk, SuspendHybrid, SuspendRam};
use std::time::Duration;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Wait until it is done: until the agent is gone, and for a reboot until it is back
    #[arg(long)]
    wait: bool,
    /// How long to wait for that
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "300", requires = "wait")]
    max: Duration,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Sleep {
    /// Keep the memory powered
    Ram,
    /// Write the memory to disk and power off
    Disk,
    /// Both
    Hybrid,
}

#[derive(Debug, clap::Args)]
pub(crate) struct SuspendArgs {
    /// Where what is in memory is kept
    to: Sleep,
}

/// How to stop a guest, as the wire has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    Powerdown,
    Reboot,
    Halt,
}

impl Stop {
    fn mode(self) -> &'static str {
        match self {
            Stop::Powerdown => "powerdown",
            Stop::Reboot => "reboot",
            Stop::Halt => "halt",
        }
    }
}

pub(crate) fn stop(common: &Common, args: &Args, stop: Stop) -> anyhow::Result<()> {
    let mut client = common.connect()?;
    client.call(&Shutdown { mode: Some(stop.mode().to_owned()) })?;
    // It would be one more client for the guest to say goodbye to.
    drop(client);
    if !args.wait {
        return done(common, "The guest has taken the request; --wait waits until it is done.");
    }
    let gone = wait::until_gone(common, args.max)?;
    if stop != Stop::Reboot {
        return done(common, gone.text());
    }
    if !common.json() {
        output::remark(gone.text());
    }
    wait::until_back(common, args.max)?;
    done(common, "The agent is back.")
}

pub(crate) fn suspend(common: &Common, args: &SuspendArgs) -> anyhow::Result<()> {
    let mut client = common.connect()?;
    match args.to {
        Sleep::Ram => drop(client.call(&SuspendRam {})?),
        Sleep::Disk => drop(client.call(&SuspendDisk {})?),
        Sleep::Hybrid => drop(client.call(&SuspendHybrid {})?),
    }
    done(common, "The guest has taken the request.")
}
