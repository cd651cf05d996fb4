//! `qga cat FILE...`.

use crate::args::Common;
use crate::output;
use anyhow::Context;
use std::io::Write;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Absolute path inside the guest
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
}

pub(crate) fn run(common: &Common, args: &Args) -> anyhow::Result<()> {
    let mut client = common.connect()?;
    let mut output = output::guest_bytes();
    for file in &args.files {
        client.read_file(file, &mut output, |_| {}).with_context(|| format!("cannot print {file}"))?;
    }
    Ok(output.flush()?)
}
