//! `qga cat FILE...`.

use crate::args::Common;
use crate::failure;
use crate::interrupt::{Interruptible, Interrupts};
use crate::output;
use crate::verb::content::Content;
use anyhow::{Context, bail};
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
    let mut failed = 0;
    for file in &args.files {
        match print(file, &mut output) {
            Err(error) if args.files.len() > 1 && failure::is_of_one_file(&error) => {
                // In its place between the files.
                output.flush()?;
                output::remark(&failure::line(&error));
                failed += 1;
            }
            printed => drop(printed?),
        }
    }
    output.flush()?;
    match failed {
        0 => Ok(()),
        failed => bail!("{failed} of {} could not be printed", args.files.len()),
    }
}
