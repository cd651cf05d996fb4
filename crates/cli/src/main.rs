//! `qga`: the host's side of the guest agent, for people.
//!
//! Map, in the order to read: `args` is the command line, `verb/` has a file for each verb, `failure` says how
//! one that failed ends, `terminal` what may be printed.
//!
//! Invariants: no text of a guest reaches the terminal unescaped, but for the bytes of a file that was asked
//! for; what is left out of an overview is left out because this agent lacks it, never by a wrong guess.
#![forbid(unsafe_code)]

mod args;
mod failure;
mod layout;
mod output;
mod overview;
mod terminal;
mod verb;

use args::{Args, Verb};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if output::reader_left(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::remark(&failure::line(&error));
            ExitCode::from(failure::exit_code(&error))
        }
    }
}

fn run(args: &Args) -> anyhow::Result<()> {
    let common = &args.common;
    match &args.verb {
        Verb::Ping => verb::ping::run(common),
        Verb::Info => verb::info::run(common),
        Verb::Call { name, arguments } => verb::call::run(common, name, arguments.as_deref()),
        Verb::Cat { files } => verb::cat::run(common, files),
        Verb::Demo => verb::demo::run(common),
    }
}
