//! `qga cat FILE...`.

use crate::args::Common;
use crate::interrupt::{Interruptible, Interrupts};
use crate::output;
use crate::verb::content::Content;
use anyhow::Context;
use std::io::Write;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Absolute path inside the guest
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
}

pub(crate) fn run(common: &Common, args: &Args) -> anyhow::Result<()> {
    let interrupts = Interrupts::catch_first()?;
    let mut client = common.connect()?;
    let mut print = |file: &str, to: &mut dyn Write| {
        let mut to = Interruptible { through: to, by: &interrupts };
        client.read_file(file, &mut to, |_| {}).with_context(|| format!("cannot print {file}"))
    };
    if common.json() {
        let read = |file| {
            let mut bytes = Vec::new();
            print(file, &mut bytes).map(|_| Content::new(file, bytes))
        };
        let contents: Result<Vec<_>, _> = args.files.iter().map(String::as_str).map(read).collect();
        return output::json(&contents?);
    }
    let mut output = output::guest_bytes();
    for file in &args.files {
        print(file, &mut output)?;
    }
    Ok(output.flush()?)
}
