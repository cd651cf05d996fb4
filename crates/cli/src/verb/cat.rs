//! `qga cat FILE...`.

use crate::args::Common;
use anyhow::Context;
use std::io::{self, Write};

pub(crate) fn run(common: &Common, files: &[String]) -> anyhow::Result<()> {
    let mut client = common.connect()?;
    let mut output = io::stdout().lock();
    for file in files {
        client.read_file(file, &mut output, |_| {}).with_context(|| format!("cannot print {file}"))?;
    }
    Ok(output.flush()?)
}
