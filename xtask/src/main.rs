//! The project's chores: `cargo xtask NAME`.
#![forbid(unsafe_code)]

mod bench;
mod book;
mod command;
mod coverage;
mod dist;
mod emulated;
mod fuzz;
mod generate;
#[cfg(test)]
mod limits;
mod materials;
mod oracle;
mod packages;
mod soak;
mod supply;
mod targets;
mod test;

use std::{env, process::ExitCode};

use anyhow::{Result, bail};

use crate::command::say;

/// A chore, as typed and as explained.
struct Chore {
    name: &'static str,
    about: &'static str,
    run: fn(&[String]) -> Result<()>,
}

const CHORES: &[Chore] = &[
    Chore {
        name: "oracle",
        about: "make the reference agent available to tests: a Debian root in the cache directory",
        run: |_| oracle::provide(),
    },
    Chore {
        name: "generate",
        about: "write what is derived from declarations and tests: pages, manual pages, completions, lab/COVERAGE.md",
        run: |_| generate::write(),
    },
    Chore { name: "book", about: "the documents as HTML pages, into target/book", run: |_| book::make() },
    Chore {
        name: "bench",
        about: "measure our agent against the reference agent: [--quick] [--json FILE] [--against PROGRAM] [WORD...]",
        run: bench::run,
    },
    Chore {
        name: "fuzz",
        about: "hostile bytes for all that reads what others wrote: [--seconds N] [TARGET...]",
        run: fuzz::run,
    },
    Chore {
        name: "soak",
        about: "100,000 programs run by the agent and as many mixed commands, or as many as are told",
        run: soak::run,
    },
    Chore {
        name: "dist",
        about: "packages and archives, built twice and compared: [--quick] [--profile NAME] [--output DIRECTORY]",
        run: dist::run,
    },
    Chore { name: "test", about: "everything that has to hold; parts of it by their names", run: test::run },
];

fn main() -> ExitCode {
    match run(&env::args().skip(1).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<()> {
    let Some((name, rest)) = arguments.split_first() else { bail!("name a chore:\n{}", chores()) };
    match CHORES.iter().find(|chore| chore.name == name) {
        Some(chore) => (chore.run)(rest),
        None => bail!("no chore is called {name}; there are:\n{}", chores()),
    }
}

fn chores() -> String {
    let lines: Vec<_> =
        CHORES.iter().map(|chore| format!("  cargo xtask {:<8} {}", chore.name, chore.about)).collect();
    lines.join("\n")
}
