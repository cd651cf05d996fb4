//! `qga freeze [MOUNT...] [-- COMMAND]`, `qga thaw` and `qga status`.

mod still;

use crate::args::{Common, seconds};
use crate::output;
use anyhow::bail;
use qga_client::{Client, Error};
use qga_wire::family::freeze::{
    FreezeStatus, FsfreezeFreeze, FsfreezeFreezeList, FsfreezeStatus, FsfreezeThaw,
};
use serde::Serialize;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
With a COMMAND the guest is thawed whatever happens: when COMMAND ends, fails or takes too long, and on Ctrl-C. The \
exit code is COMMAND's own then. Without one the guest stays frozen until qga thaw.

When qga itself is killed nobody thaws: this project's agent does so when its freeze-timeout has passed (600 s unless \
set), others wait until somebody runs qga thaw.")]
pub(crate) struct Args {
    /// Mount points in the guest to freeze instead of all filesystems
    #[arg(value_name = "MOUNT")]
    mounts: Vec<String>,
    /// How long the guest may stand still: after that it is thawed, and COMMAND is ended
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "60")]
    max: Duration,
    /// What to do on this host meanwhile, such as taking a snapshot
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

pub(crate) fn freeze(common: &Common, args: &Args) -> anyhow::Result<ExitCode> {
    if let Some((program, arguments)) = args.command.split_first() {
        return still::run(common, args, program, arguments);
    }
    let count = freeze_mounts(&mut common.connect()?, &args.mounts)?;
    let text = match count {
        0 => "Nothing in the guest can be frozen.".to_owned(),
        count => format!("{} until qga thaw.", stand(count)),
    };
    tell(common, &count, &text)
}

pub(crate) fn thaw(common: &Common) -> anyhow::Result<ExitCode> {
    let count = common.connect()?.call(&FsfreezeThaw {})?;
    let text = match count {
        0 => "Nothing was frozen.".to_owned(),
        1 => "1 filesystem is thawed.".to_owned(),
        count => format!("{count} filesystems are thawed."),
    };
    tell(common, &count, &text)
}

pub(crate) fn status(common: &Common) -> anyhow::Result<ExitCode> {
    let status = common.connect()?.call(&FsfreezeStatus {})?;
    let text = match status {
        FreezeStatus::Thawed => "The guest's filesystems are thawed.",
        FreezeStatus::Frozen => "The guest's filesystems are frozen; qga thaw thaws them.",
    };
    tell(common, &status, text)
}

fn tell(common: &Common, answer: &impl Serialize, text: &str) -> anyhow::Result<ExitCode> {
    if common.json() {
        output::json(answer)?;
    } else {
        writeln!(output::text(), "{text}")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Freezes the mount points, all when there are none, and says how many filesystems stand still.
fn freeze_mounts(client: &mut Client, mounts: &[String]) -> Result<i64, Error> {
    match mounts {
        [] => client.call(&FsfreezeFreeze {}),
        mounts => client.call(&FsfreezeFreezeList { mountpoints: Some(mounts.to_vec()) }),
    }
}

/// Fails unless something was frozen, or would be for nothing.
fn refuse_frozen(client: &mut Client) -> anyhow::Result<()> {
    if client.call(&FsfreezeStatus {})? == FreezeStatus::Frozen {
        bail!("the guest is frozen already, by somebody else; qga thaw ends that");
    }
    Ok(())
}

fn stand(count: i64) -> String {
    match count {
        1 => "1 filesystem stands still".to_owned(),
        count => format!("{count} filesystems stand still"),
    }
}
