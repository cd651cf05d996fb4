//! What `qga` can do, a file each.

mod account;
mod call;
mod cat;
mod commands;
mod content;
mod cp;
mod cpu;
mod demo;
mod doctor;
mod edit;
mod exec;
mod freeze;
mod info;
mod list;
mod memory;
mod network;
mod ping;
mod power;
mod repl;
mod show;
mod stats;
mod storage;
mod system;
mod tail;
mod time;
mod top;
mod trim;
mod write;

use crate::args::Args;
use clap::Subcommand;
use power::Stop;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Ask whether the agent answers, and how fast
    Ping,
    /// Find the guests of this host, and say who answers
    #[command(
        after_help = "Each answer may take 3 seconds unless --timeout says otherwise. That some do not answer is \
                            no error."
    )]
    List,
    /// Show what the agent knows of the guest, on one screen
    Info,
    /// Show the guest's system and kernel
    Os,
    /// Show the guest's name
    Hostname,
    /// Show who is logged in
    Users,
    /// Show the network interfaces with their addresses and counters
    Net,
    /// Show the routes
    Routes,
    /// Show the filesystems and how full they are
    Fs,
    /// Show the disks
    Disks,
    /// Show the processors, or take some into or out of use
    Cpus(cpu::Args),
    /// Show the load averages
    Load,
    /// Show what processors and disks did since the guest started
    Stats,
    /// Watch processors, disks, network and filesystems
    Top(top::Args),
    /// Show the blocks of memory
    Memory,
    /// Show the guest's clock, or set it
    Time(time::Args),
    /// Send any command, with its arguments as JSON, and print the answer
    Call(call::Args),
    /// List the agent's commands
    Commands,
    /// Show what commands take and answer
    Schema(commands::Args),
    /// Talk to the agent line by line, with history and completion
    Repl,
    /// Find out why an agent does not answer, or what is odd about it
    Doctor,
    /// Print files of the guest
    Cat(cat::Args),
    /// Write standard input to a file of the guest
    Write(write::Args),
    /// Print the last lines of a file of the guest
    Tail(tail::Args),
    /// Edit a file of the guest
    Edit(edit::Args),
    /// Copy files to the guest or from it
    Cp(cp::Args),
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
    /// Shut the guest down
    Shutdown(power::Args),
    /// Restart the guest
    Reboot(power::Args),
    /// Halt the guest without powering it off
    Halt(power::Args),
    /// Suspend the guest
    Suspend(power::SuspendArgs),
    /// Set a user's password
    Passwd(account::PasswdArgs),
    /// Show and change the keys that a user may log in with
    Keys(account::KeysArgs),
    /// Try everything out on an agent of its own, on this machine; harmless, needs no guest
    Demo,
}

const READ_ONCE: &str = "standard input can be read only once";

impl Verb {
    /// Why it cannot be done on many guests at once, if so.
    pub(crate) fn only_for_one(&self) -> Option<&'static str> {
        match self {
            Verb::Demo => Some("it needs no guest"),
            Verb::Edit(_) | Verb::Repl | Verb::Top(_) => Some("it needs the terminal for itself"),
            Verb::Write(_) | Verb::Passwd(_) => Some(READ_ONCE),
            Verb::Exec(args) if args.input => Some(READ_ONCE),
            Verb::Keys(args) if args.reads_input() => Some(READ_ONCE),
            Verb::Cp(args) if args.is_to_host() => Some("all of them would write to the same files"),
            Verb::Tail(args) if args.follow => Some("it does not end"),
            _ => None,
        }
    }

    /// Why it prints nothing for programs, if so.
    pub(crate) fn only_for_people(&self) -> Option<&'static str> {
        match self {
            Verb::Demo => Some("qga demo is for people to look at"),
            Verb::Edit(_) => Some("qga edit is for people; cat and write are for programs"),
            Verb::Tail(args) if args.follow => Some("what has no end is no JSON; tail without -f is"),
            _ => None,
        }
    }
}

/// Does what the command line says. The exit code is a command's own where one was run.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let common = &args.common;
    match &args.verb {
        Verb::Ping => ping::run(common)?,
        Verb::List => list::run(common)?,
        Verb::Info => info::run(common)?,
        Verb::Os => system::os(common)?,
        Verb::Hostname => system::hostname(common)?,
        Verb::Users => system::users(common)?,
        Verb::Net => network::net(common)?,
        Verb::Routes => network::routes(common)?,
        Verb::Fs => storage::fs(common)?,
        Verb::Disks => storage::disks(common)?,
        Verb::Cpus(args) => cpu::cpus(common, args)?,
        Verb::Load => cpu::load(common)?,
        Verb::Stats => stats::run(common)?,
        Verb::Top(args) => top::run(common, args)?,
        Verb::Memory => memory::run(common)?,
        Verb::Time(args) => time::run(common, args)?,
        Verb::Call(args) => call::run(common, args)?,
        Verb::Commands => commands::commands(common)?,
        Verb::Schema(args) => commands::schema(common, args)?,
        Verb::Repl => repl::run(common)?,
        Verb::Doctor => return doctor::run(common),
        Verb::Cat(args) => cat::run(common, args)?,
        Verb::Write(args) => write::run(common, args)?,
        Verb::Tail(args) => tail::run(common, args)?,
        Verb::Edit(args) => edit::run(common, args)?,
        Verb::Cp(args) => cp::run(common, args)?,
        Verb::Exec(args) => return exec::run(common, args),
        Verb::Freeze(args) => return freeze::freeze(common, args),
        Verb::Thaw => return freeze::thaw(common),
        Verb::Status => return freeze::status(common),
        Verb::Trim(args) => trim::run(common, args)?,
        Verb::Shutdown(args) => power::stop(common, args, Stop::Powerdown)?,
        Verb::Reboot(args) => power::stop(common, args, Stop::Reboot)?,
        Verb::Halt(args) => power::stop(common, args, Stop::Halt)?,
        Verb::Suspend(args) => power::suspend(common, args)?,
        Verb::Passwd(args) => account::passwd(common, args)?,
        Verb::Keys(args) => account::keys(common, args)?,
        Verb::Demo => demo::run(common)?,
    }
    Ok(ExitCode::SUCCESS)
}
