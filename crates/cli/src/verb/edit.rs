//! `qga edit FILE`.

#[cfg_attr(unix, path = "edit/unix.rs")]
#[cfg_attr(not(unix), path = "edit/other.rs")]
mod os;

use crate::args::Common;
use crate::failure::Usage;
use crate::interrupt::Interrupts;
use crate::output;
use crate::terminal::Escaped;
use anyhow::{Context, bail};
use qga_client::{Client, Error, FileError};
use std::env;
use std::fs;
use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::Command;
use tempfile::{Builder, TempDir};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "The editor is $VISUAL or $EDITOR, else vi. A file that changed in the guest meanwhile is not written."
)]
pub(crate) struct Args {
    /// Absolute path inside the guest; it need not exist
    file: String,
}

pub(crate) fn run(common: &Common, args: &Args) -> anyhow::Result<()> {
    // Not kept while somebody edits: most channels serve one at a time.
    let before = read(&mut common.connect()?, &args.file)?;
    let directory = private_directory().context("cannot make a directory")?;
    // Under its own name, by which editors know what kind of text it is.
    let name = args.file.rsplit('/').next().filter(|name| !matches!(*name, "" | "." | ".."));
    let copy = directory.path().join(name.ok_or_else(|| Usage(format!("{} names no file", args.file)))?);
    fs::write(&copy, before.as_deref().unwrap_or_default()).context("cannot make a file")?;
    // Ctrl-C is the editor's.
    let _interrupts = Interrupts::catch(|| {})?;
    open_editor(&copy)?;
    let after = fs::read(&copy).context("cannot read what the editor wrote")?;
    if before.as_deref().unwrap_or_default() == after {
        output::remark("Nothing was changed.");
        return Ok(());
    }
    let written = write_back(common, &args.file, before.as_deref(), &after);
    if written.is_err() {
        let kept = directory.keep();
        output::remark(&format!("What was edited is kept in {}.", Escaped(kept.display())));
    }
    written
}

fn private_directory() -> io::Result<TempDir> {
    let mut builder = Builder::new();
    os::keep_private(&mut builder);
    builder.prefix("qga-edit-").tempdir()
}

fn open_editor(file: &Path) -> anyhow::Result<()> {
    let set = |name| env::var(name).ok().filter(|value| !value.trim().is_empty());
    let chosen = set("VISUAL").or_else(|| set("EDITOR"));
    if chosen.is_none() && !io::stdin().is_terminal() {
        bail!("there is no terminal for an editor; qga write takes standard input");
    }
    let editor = chosen.unwrap_or_else(|| "vi".to_owned());
    // It may have arguments, as in `code --wait`.
    let mut words = editor.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or_default());
    let status = command.args(words).arg(file).status().with_context(|| format!("cannot run {editor}"))?;
    if !status.success() {
        bail!("{editor} ended with {status}; nothing was written");
    }
    Ok(())
}

/// The editor may have been open for hours, so the connection is a new one.
fn write_back(common: &Common, file: &str, before: Option<&[u8]>, after: &[u8]) -> anyhow::Result<()> {
    let mut client = common.connect()?;
    if read(&mut client, file)?.as_deref() != before {
        bail!("{} has changed in the guest meanwhile; nothing was written", Escaped(file));
    }
    client.write_file(file, &mut &*after, |_| {}).with_context(|| format!("cannot write {file}"))?;
    output::remark("The file is written.");
    Ok(())
}

/// Nothing when there is no such file.
fn read(client: &mut Client, file: &str) -> anyhow::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    match client.read_file(file, &mut bytes, |_| {}) {
        Err(FileError::Agent(Error::Agent { desc, .. })) if desc.contains("No such file") => Ok(None),
        read => read.map(|_| Some(bytes)).with_context(|| format!("cannot read {file}")),
    }
}
