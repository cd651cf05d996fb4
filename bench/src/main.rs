//! Measures our agent and the reference agent under the same load, in turns, beside what the machine can do.
//!
//! Map: each file of [`group`] is a part of the table, a [`Line`](line::Line) in it is a line. [`program`] says
//! which agents, [`client`] is the host, [`limit`] the least work that would do the same. [`run`] takes turns,
//! [`report`] writes the table.
#![forbid(unsafe_code)]

mod client;
mod group;
mod limit;
mod line;
mod program;
mod report;
mod run;

use crate::{program::Program, report::Report, run::Effort};
use anyhow::{Context, Result, ensure};
use lexopt::{Arg, ValueExt};
use std::{fs, path::PathBuf};

/// What the command line asks for.
struct Options {
    effort: Effort,
    json: Option<PathBuf>,
    against: Program,
    /// Only lines that contain one of these words; all when there are none.
    words: Vec<String>,
}

fn main() -> Result<()> {
    let options = options()?;
    let ours = Program::ours()?;
    let chosen =
        |name: &str| options.words.is_empty() || options.words.iter().any(|word| name.contains(word));
    let mut report = Report::new(&options.against);
    for group in group::GROUPS {
        let lines = group.lines.iter().filter(|line| chosen(line.what) || chosen(group.title));
        report.add(group.title, lines.map(|line| run::run(line, &ours, &options.against, options.effort)));
    }
    if let Some(path) = &options.json {
        fs::write(path, report.json()?).with_context(|| format!("cannot write {}", path.display()))?;
    }
    report.print()?;
    if options.effort == Effort::Full && options.words.is_empty() && options.against.is_reference() {
        report.write_page()?;
    }
    ensure!(report.is_complete(), "some lines could not be measured");
    Ok(())
}

fn options() -> Result<Options> {
    let mut options =
        Options { effort: Effort::Full, json: None, against: Program::reference()?, words: Vec::new() };
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("quick") => options.effort = Effort::Quick,
            Arg::Long("json") => options.json = Some(arguments.value()?.into()),
            Arg::Long("against") => options.against = Program::other(arguments.value()?.into()),
            Arg::Value(word) => options.words.push(word.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(options)
}
