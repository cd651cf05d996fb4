//! Each session recorded from the reference agent is a test, named by its file and its name there.

use std::{collections::BTreeSet, process::ExitCode};

use anyhow::{Result, ensure};
use libtest_mimic::{Arguments, Failed, Trial};
use qga_testkit::{
    difference::{self, Difference},
    program,
    transcript::{self, Session, replay},
};
use qga_tests::file;

/// The files that run on any machine; `vm.jsonl` runs in the lab.
const FILES: [&str; 5] = ["protocol", "errors", "files", "exec", "system"];

fn main() -> Result<ExitCode> {
    let arguments = Arguments::from_args();
    let differences = difference::read(&file("differences.toml"))?;
    let mut trials = Vec::new();
    let in_guests = transcript::read(&file("transcripts/vm.jsonl"))?;
    let names = in_guests.into_iter().flat_map(|session| session.exchanges).map(|exchange| exchange.name);
    let mut exchanges: BTreeSet<String> = names.collect();
    for name in FILES {
        for session in transcript::read(&file(&format!("transcripts/{name}.jsonl")))? {
            exchanges.extend(session.exchanges.iter().map(|exchange| exchange.name.clone()));
            trials.push(trial(name, session, &differences));
        }
    }
    trials.push(Trial::test("every_declared_difference_is_about_an_exchange", move || {
        outcome(each_is_about_an_exchange(&differences, &exchanges))
    }));
    Ok(libtest_mimic::run(&arguments, trials).exit_code())
}

fn trial(file: &str, session: Session, differences: &[Difference]) -> Trial {
    let name = format!("{file}::{}", session.name);
    let differences = if program::reference_is_under_test() { Vec::new() } else { differences.to_vec() };
    let lacking = replay::unmet(&session).is_some();
    Trial::test(name, move || outcome(replay::replay(&session, &differences))).with_ignored_flag(lacking)
}

/// Keeps the whole story of an error.
fn outcome(result: Result<()>) -> Result<(), Failed> {
    result.map_err(|error| Failed::from(format!("{error:#}")))
}

fn each_is_about_an_exchange(differences: &[Difference], exchanges: &BTreeSet<String>) -> Result<()> {
    for difference in differences {
        let known = exchanges.iter().any(|exchange| difference.covers(exchange));
        ensure!(known, "no exchange is called {}", difference.exchange);
    }
    Ok(())
}
