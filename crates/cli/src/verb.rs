//! What `qga` can do, a file each.

mod call;
mod cat;
mod demo;
mod exec;
mod freeze;
mod info;
mod list;
mod ping;
mod trim;

use crate::args::Args;
use clap::Subcommand;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Ask whether the agent answers, and how fast
    Ping,
    /// Find the guests of this host, and say who answers
    List(list::Args),
    /// Show what the agent knows of the guest, on one screen
    Info,
    /// Send any command, with its arguments as JSON, and print the answer
    Call(call::Args),
    /// Print files of the guest
    Cat(cat::Args),
    /// Run a program in the guest
    Exec(exec::Args),
    /// Freeze the guest's filesystems, for as long as a command on this host runs
    Freeze(freeze::Args),
    /// Thaw the guest's filesystems
    Thaw,
    /// Say whether the guest's filesystems are frozen
    Status,
    /// Tell the guest's disks which blocks are unused
    Trim(trim::Args),
    /// Try everything out on an agent of its own, on this machine; harmless, needs no guest
    Demo,
}

impl Verb {
    /// Why it cannot be done on many guests at once, if so.
    pub(crate) fn only_for_one(&self) -> Option<&'static str> {
        match self {
            Verb::List(_) | Verb::Demo => Some("it asks no guest of its own"),
            _ => None,
        }
    }
}

/// Does what the command line says. The exit code is a command's own where one was run.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let common = &args.common;
    match &args.verb {
        Verb::Ping => ping::run(common)?,
        Verb::List(args) => list::run(common, args)?,
        Verb::Info => info::run(common)?,
        Verb::Call(args) => call::run(common, args)?,
        Verb::Cat(args) => cat::run(common, args)?,
        Verb::Exec(args) => return exec::run(common, args),
        Verb::Freeze(args) => return freeze::freeze(common, args),
        Verb::Thaw => return freeze::thaw(common),
        Verb::Status => return freeze::status(common),
        Verb::Trim(args) => trim::run(common, args)?,
        Verb::Demo => demo::run(common)?,
    }
    Ok(ExitCode::SUCCESS)
}
