//! `qga cat FILE...`.

use crate::args::Common;
use crate::failure;
use crate::interrupt::{Interruptible, Interrupts};
use crate::output;
use crate::verb::content::Content;
use anyhow::{Context, bail};
use qga_client::Client;
use std::io::Write;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Absolute path inside the guest
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
}

pub(crate) fn run(common: &Common, args: &Args) -> anyhow::Result<()> {
    let interrupts = Interrupts::catch_first()?;
    let mut files = Files { client: common.connect()?, interrupts };
    if common.json() { files.show(&args.files) } else { files.print(&args.files) }
}

/// The guest's files, until somebody interrupts.
struct Files {
    client: Client,
    interrupts: Interrupts,
}

impl Files {
    fn print(&mut self, paths: &[String]) -> anyhow::Result<()> {
        let mut out = output::guest_bytes();
        let mut failed = 0;
        for path in paths {
            match self.copy(path, &mut out) {
                Err(error) if paths.len() > 1 && failure::is_of_one_file(&error) => {
                    // In its place between the files.
                    out.flush()?;
                    output::remark(&failure::line(&error));
                    failed += 1;
                }
                printed => printed?,
            }
        }
        out.flush()?;
        match failed {
            0 => Ok(()),
            failed => bail!("{failed} of {} could not be printed", paths.len()),
        }
    }

    /// For programs, all or nothing.
    fn show(&mut self, paths: &[String]) -> anyhow::Result<()> {
        let mut contents = Vec::new();
        for path in paths {
            let mut bytes = Vec::new();
            self.copy(path, &mut bytes)?;
            contents.push(Content::new(path, bytes));
        }
        output::json(&contents)
    }

    fn copy(&mut self, path: &str, to: &mut impl Write) -> anyhow::Result<()> {
        let mut to = Interruptible { through: to, by: &self.interrupts };
        let copied = self.client.read_file(path, &mut to, |_| {});
        copied.map(drop).with_context(|| format!("cannot print {path}"))
    }
}
