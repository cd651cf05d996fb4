//! `qga`: the host's side of the guest agent, for people.
//!
//! Map, in the order to read: `args` is the command line, `verb/` has a file for each verb, `target` says where
//! guests are and how they are reached, `fleet` runs a verb on many of them, `failure` says how one that failed
//! ends, `terminal` what may be printed.
//!
//! Invariants: nothing of a guest reaches a terminal unescaped; bytes of files and of programs go as they are
//! to anything else. What is left out of an overview is left out because this agent lacks it, never by a wrong guess.
#![forbid(unsafe_code)]

mod args;
mod catalogue;
mod failure;
mod fleet;
mod interrupt;
mod layout;
mod output;
mod overview;
mod process;
mod progress;
mod table;
mod target;
mod terminal;
mod verb;

use args::Args;
use clap::{CommandFactory, Parser};
use std::env;
use std::process::ExitCode;

/// The program: from its command line to its exit code.
pub fn run() -> ExitCode {
    let (one, words) = fleet::one_of_many(env::args_os().collect());
    let mut args = Args::parse_from(words);
    args.common.one = one;
    match run_checked(&args) {
        Ok(code) => code,
        Err(error) if failure::reader_left(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::remark(&failure::line(&error));
            ExitCode::from(failure::exit_code(&error))
        }
    }
}

fn run_checked(args: &Args) -> anyhow::Result<ExitCode> {
    args.check()?;
    if args.serves_many() { fleet::run(args) } else { verb::run(args) }
}

/// What the command line may be, for those who write about it.
pub fn command() -> clap::Command {
    Args::command()
}
