//! `qga cp SOURCE... DESTINATION`.

mod check;
mod copy;
mod place;
mod sum;
mod tree;

use crate::args::Common;
use crate::output;
use copy::{Copied, How, Job};
use indicatif::BinaryBytes;
use place::{Direction, Route};
use qga_client::Client;
use serde::Serialize;
use std::time::Instant;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
One side is this host, the other the guest: a path in the guest has guest: before it, as in qga cp notes guest:/tmp/. \
Contents are copied, and modes, owners and links are not. Copies are compared by their SHA-256 when the guest can \
tell that.")]
pub(crate) struct Args {
    /// Copy directories and what is in them
    #[arg(short, long)]
    recursive: bool,
    /// Go on where an earlier copy ended
    #[arg(long)]
    resume: bool,
    /// Do not compare the copies
    #[arg(long)]
    no_check: bool,
    /// What to copy, and last of all where to
    #[arg(required = true, num_args = 2.., value_name = "PATH")]
    paths: Vec<String>,
}

/// What was done, for programs.
#[derive(Debug, Default, Serialize)]
struct Summary {
    files: u64,
    bytes: u64,
    compared: u64,
    seconds: f64,
}

pub(crate) fn run(common: &Common, args: &Args) -> anyhow::Result<()> {
    let route = Route::new(&args.paths)?;
    let mut client = common.connect()?;
    let start = Instant::now();
    let jobs = match route.direction {
        Direction::ToGuest => tree::to_guest(&mut client, &route, args.recursive)?,
        Direction::FromGuest => tree::from_guest(&mut client, &route, args.recursive)?,
    };
    let mut summary = Summary::default();
    let mut can_check = !args.no_check;
    for job in &jobs {
        let how = How { resume: args.resume, sums: can_check };
        let copied = copy::run(&mut client, job, route.direction, how)?;
        summary.files += 1;
        summary.bytes += copied.bytes;
        if can_check {
            can_check = compare(&mut client, job, &copied)?;
            summary.compared += u64::from(can_check);
        }
    }
    summary.seconds = start.elapsed().as_secs_f64();
    tell(common, &summary, !args.no_check)
}

/// Fails when a copy is none. Whether it could be compared.
fn compare(client: &mut Client, job: &Job, copied: &Copied) -> anyhow::Result<bool> {
    let advice = if copied.was_resumed { "; copy it again without --resume" } else { "" };
    check::is_same(client, job, copied.sum.as_deref(), advice)
}

fn tell(common: &Common, summary: &Summary, check: bool) -> anyhow::Result<()> {
    if common.json() {
        return output::json(summary);
    }
    let Summary { files, bytes, compared, seconds } = summary;
    let compared = match (check, compared == files) {
        (false, _) => "",
        (true, true) => ", compared",
        (true, false) => ", not compared as the guest cannot",
    };
    let what = if *files == 1 { "file".to_owned() } else { format!("{files} files") };
    output::remark(&format!("Copied {what}, {} in {seconds:.1} s{compared}.", BinaryBytes(*bytes)));
    Ok(())
}
