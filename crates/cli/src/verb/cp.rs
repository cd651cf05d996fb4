//! `qga cp SOURCE... DESTINATION`.

mod check;
mod copy;
mod listing;
mod place;
mod program;
mod sum;
mod tree;

use crate::args::Common;
use crate::failure;
use crate::interrupt::Interrupts;
use crate::output;
use crate::terminal::Escaped;
use anyhow::{Error, bail};
use copy::{How, Job};
use indicatif::BinaryBytes;
use place::{Direction, Route, in_guest};
use qga_client::Client;
use serde::Serialize;
use std::collections::HashSet;
use std::fmt::Display;
use std::time::{Duration, Instant};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
One side is this host, the other the guest: a path in the guest has guest: before it, as in qga cp notes guest:/tmp/. \
Contents are copied, and modes, owners and links are not. A file that cannot be copied holds up no other; the exit \
code is 1 then. Copies are compared by their SHA-256 when the guest can tell that.

--timeout is also how long a program of the guest may take that helps: find, mkdir, and sha256sum with a second more for \
each 4 MiB [default: 600].")]
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

impl Args {
    /// Whether files of this host are written.
    pub(crate) fn is_to_host(&self) -> bool {
        Route::new(&self.paths).is_ok_and(|route| route.direction == Direction::FromGuest)
    }
}

/// How long a program of the guest may take that helps, such as `find`, unless told otherwise.
const PATIENCE: Duration = Duration::from_secs(600);

/// What was done, for programs.
#[derive(Debug, Default, Serialize)]
struct Summary {
    files: u64,
    bytes: u64,
    compared: u64,
    failed: u64,
    left_out: usize,
    seconds: f64,
}

pub(crate) fn run(common: &Common, args: &Args) -> anyhow::Result<()> {
    let route = Route::new(&args.paths)?;
    let patience = common.timeout.unwrap_or(PATIENCE);
    let interrupts = Interrupts::catch_first()?;
    let mut client = common.connect()?;
    let start = Instant::now();
    let plan = match route.direction {
        Direction::ToGuest => tree::to_guest(&mut client, &route, args.recursive, patience)?,
        Direction::FromGuest => tree::from_guest(&mut client, &route, args.recursive, patience)?,
    };
    refuse_overwriting(&plan.jobs, route.direction)?;
    let mut summary = Summary { left_out: plan.left_out.len(), ..Summary::default() };
    plan.refused.iter().for_each(|error| summary.fail(error));
    let mut how = How { resume: args.resume, check: !args.no_check, interrupts: &interrupts };
    for job in &plan.jobs {
        interrupts.check()?;
        match copy_one(&mut client, job, route.direction, how, patience) {
            Ok((bytes, compared)) => {
                how.check = compared;
                summary.add(bytes, compared);
            }
            // The others may be copied all the same.
            Err(error) if plan.jobs.len() > 1 && failure::is_of_one_file(&error) => summary.fail(&error),
            Err(error) => return Err(error),
        }
    }
    summary.seconds = start.elapsed().as_secs_f64();
    tell(common, &summary, !args.no_check)?;
    if let (Some(first), false) = (plan.left_out.first(), common.json()) {
        output::remark(&left_out(Escaped(first), plan.left_out.len()));
    }
    match summary.failed {
        0 => Ok(()),
        failed => bail!("{failed} of {} could not be copied", failed + summary.files),
    }
}

/// Fails when one copy would take the place of another.
fn refuse_overwriting(jobs: &[Job], direction: Direction) -> anyhow::Result<()> {
    let target = |job: &Job| match direction {
        Direction::ToGuest => in_guest(&job.guest),
        Direction::FromGuest => job.here.display().to_string(),
    };
    let mut targets = HashSet::new();
    match jobs.iter().map(target).find(|target| !targets.insert(target.clone())) {
        Some(twice) => bail!("several sources would become {twice}; nothing was copied"),
        None => Ok(()),
    }
}

/// How many bytes were copied, and whether the copy could be compared; fails when it is none.
fn copy_one(
    client: &mut Client,
    job: &Job,
    direction: Direction,
    how: How<'_>,
    patience: Duration,
) -> anyhow::Result<(u64, bool)> {
    let copied = copy::run(client, job, direction, how)?;
    Ok((copied.bytes, how.check && check::is_same(client, job, &copied, patience)?))
}

impl Summary {
    fn add(&mut self, bytes: u64, compared: bool) {
        self.files += 1;
        self.bytes += bytes;
        self.compared += u64::from(compared);
    }

    fn fail(&mut self, error: &Error) {
        output::remark(&failure::line(error));
        self.failed += 1;
    }
}

fn tell(common: &Common, summary: &Summary, check: bool) -> anyhow::Result<()> {
    if common.json() {
        return output::json(summary);
    }
    let Summary { files, bytes, compared, seconds, .. } = summary;
    let compared = match (check, compared == files) {
        (false, _) => "",
        (true, true) => ", compared",
        (true, false) => ", not compared as the guest cannot",
    };
    let what = if *files == 1 { "file".to_owned() } else { format!("{files} files") };
    output::remark(&format!("Copied {what}, {} in {seconds:.1} s{compared}.", BinaryBytes(*bytes)));
    Ok(())
}

fn left_out(first: impl Display, count: usize) -> String {
    match count {
        1 => format!("Left out {first}: neither file nor directory."),
        count => format!("Left out {first} and {} more: neither files nor directories.", count - 1),
    }
}
