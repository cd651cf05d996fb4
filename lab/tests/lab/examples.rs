//! The exchanges that the reference page shows, all of them in guests. With `QGA_RECORD` set what is answered there is
//! written down instead of compared.

use crate::suspend;
use anyhow::{Context, Result, ensure};
use qga_lab::{Guest, layouts};
use qga_testkit::{
    example::{self, Example, Guest as In},
    program,
    transcript::{
        answer::{Expected, parse_lines},
        placeholder::Placeholders,
        replay::has_exited,
    },
    wait_until,
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    env,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

const PATIENCE: Duration = Duration::from_secs(60);
const QUIET: Duration = Duration::from_millis(300);
const RECORD: &str = "QGA_RECORD";

/// Two users have logged in.
const USERS: &str = concat!(
    include_str!("../../guest/utmp"),
    "{ record 7 tty1 1 root '' 30 2; record 7 pts/0 ts/0 admin 192.0.2.1 20 0; } >/run/utmp"
);

#[test]
fn the_exchanges_of_the_reference_page_are_answered_as_it_shows() -> Result<()> {
    let examples = examples()?;
    let mut networked = layouts::networked().start()?;
    networked.sh(USERS)?;
    let mut guests = [(In::Debian, layouts::debian()?.start()?), (In::Networked, networked)];
    let mut answers = BTreeMap::new();
    for (place, guest) in &mut guests {
        let mut placeholders = Placeholders::new(example::SHOWN_DIRECTORY);
        let asked = examples.iter().enumerate();
        for (number, example) in asked.filter(|(_, one)| one.event.is_none() && one.guest == *place) {
            let answer = ask(guest, example, &mut placeholders).with_context(|| example.request.clone())?;
            answers.insert(number, String::from_utf8_lossy(&answer).replace('\u{FFFD}', "@FF@"));
        }
    }
    if env::var_os(RECORD).is_some() { record(answers.values()) } else { Ok(()) }
}

#[test]
fn requests_that_are_not_answered_are_followed_by_the_event_that_the_page_names() -> Result<()> {
    for example in examples()? {
        let Some(event) = &example.event else { continue };
        let mut guest = layouts::suspendable().start()?;
        suspend::provide_hybrid_sleep(&mut guest)?;
        guest.agent.send(format!("{}\n", example.request).as_bytes())?;
        guest.wait_for_event(event).with_context(|| example.request.clone())?;
        // QEMU may have ended with the guest.
        let answer = guest.agent.until_quiet(QUIET).unwrap_or_default();
        ensure!(answer.is_empty(), "{}: {}", example.request, answer.escape_ascii());
    }
    Ok(())
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/examples.toml")
}

/// Those that the agent under test can answer.
fn examples() -> Result<Vec<Example>> {
    let mut examples = example::read(&file())?;
    examples.retain(|example| !(program::reference_is_under_test() && example.is_of_our_own_command()));
    Ok(examples)
}

/// The answer, which is as the page shows it.
fn ask(guest: &mut Guest, example: &Example, placeholders: &mut Placeholders) -> Result<Vec<u8>> {
    let request = format!("{}\n", placeholders.fill_text(&example.request));
    let answer = wait_until(&example.request, || {
        guest.agent.send(request.as_bytes())?;
        let line = [guest.agent.line(PATIENCE)?, b"\n".to_vec()].concat();
        Ok((!example.poll || has_exited(&line)).then_some(line))
    })?;
    if env::var_os(RECORD).is_none() {
        Expected::of(&example.exchange()?, placeholders)?.check(&answer)?;
    }
    placeholders.capture(&example.capture, &Value::from(parse_lines(&answer)?))?;
    Ok(answer)
}

/// Replaces the answers in the file, which stand there in the same order.
fn record<'a>(mut answers: impl Iterator<Item = &'a String>) -> Result<()> {
    let mut text = String::new();
    for line in fs::read_to_string(file())?.lines() {
        if line.starts_with("answer = ") {
            let answer = answers.next().context("more answers in the file than were given")?;
            writeln!(text, "answer = '''{}'''", answer.trim_end())?;
        } else {
            writeln!(text, "{line}")?;
        }
    }
    Ok(fs::write(file(), text)?)
}
