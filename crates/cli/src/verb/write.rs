//! `qga write FILE`.

use crate::args::Common;
use crate::interrupt::{Interruptible, Interrupts};
use crate::output;
use anyhow::Context;
use serde::Serialize;
use std::io;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Absolute path inside the guest; the file is created, or made empty first
    file: String,
    /// Write behind what is in the file
    #[arg(short, long)]
    append: bool,
}

/// What was done, for programs.
#[derive(Debug, Serialize)]
struct Written<'a> {
    path: &'a str,
    count: u64,
}

pub(crate) fn run(common: &Common, args: &Args) -> anyhow::Result<()> {
    let mode = if args.append { "a" } else { "w" };
    let interrupts = Interrupts::catch_first()?;
    let mut client = common.connect()?;
    let mut input = Interruptible { through: io::stdin().lock(), by: &interrupts };
    let count = client
        .with_file(&args.file, mode, |file| file.copy_from(&mut input, |_| {}))
        .with_context(|| format!("cannot write {}", args.file))?;
    if common.json() {
        return output::json(&Written { path: &args.file, count });
    }
    Ok(())
}
