//! The declared differences from the reference agent as tables.

use super::place;
use crate::coverage::RECORDED;
use anyhow::{Context, Result};
use qga_testkit::{
    difference::{self, Difference},
    transcript::{self, Exchange, answer::Expected, placeholder::Placeholders},
};
use std::fmt::Write;

const TABLE: &str = "tests/differences.toml";
/// How much of an answer is shown, in characters.
const WIDTH: usize = 120;
/// Longer ones are told by their first line.
const MOST_LINES: usize = 3;

/// What is answered otherwise, a row for each reason with the first exchange that it is the reason for.
pub(super) fn of_answers() -> Result<String> {
    let exchanges = recorded()?;
    let mut rows: Vec<(Difference, usize)> = Vec::new();
    for difference in difference::read(&place(TABLE))? {
        match rows.iter_mut().find(|(row, _)| row.reason == difference.reason) {
            Some((_, count)) => *count += 1,
            None => rows.push((difference, 1)),
        }
    }
    let mut table = String::from("| for example | C agent | qga | why |\n|---|---|---|---|\n");
    for (difference, count) in rows {
        let exchange = exchanges.iter().find(|exchange| difference.covers(&exchange.name));
        let exchange = exchange.with_context(|| format!("no exchange is called {}", difference.exchange))?;
        let more = if count > 1 { format!(" ({count} recorded exchanges)") } else { String::new() };
        let [asked, theirs, ours] = sides(exchange, &difference)?.map(|text| code(&text));
        writeln!(table, "| {asked} | {theirs} | {ours} | {}{more} |", difference.reason)?;
    }
    Ok(table)
}

/// What is asked, what the reference answers, and what ours does.
fn sides(exchange: &Exchange, difference: &Difference) -> Result<[String; 3]> {
    if let Some(prints) = &difference.prints {
        let look = exchange.guest_sh.clone().context("nothing prints anything")?;
        return Ok([look, exchange.guest_sh_output.clone().unwrap_or_default(), prints.clone()]);
    }
    let nothing = Placeholders::new("");
    let told = |expected: Expected| match expected {
        Expected::Bytes(bytes) => shown(&bytes),
        Expected::Patterns(patterns) => patterns.iter().map(ToString::to_string).collect(),
    };
    Ok([
        shown(&exchange.send.0),
        told(Expected::of(exchange, &nothing)?),
        told(difference.expected(&nothing)),
    ])
}

/// Values that are told otherwise.
pub(super) fn of_values() -> Result<String> {
    let mut table = String::from("| value | C agent | qga | why |\n|---|---|---|---|\n");
    for value in difference::read_values(&place(TABLE))? {
        let [path, theirs, ours] = [&value.path, &value.reference, &value.ours].map(|text| code(text.trim()));
        writeln!(table, "| {path} | {theirs} | {ours} | {} |", value.reason)?;
    }
    Ok(table)
}

fn recorded() -> Result<Vec<Exchange>> {
    let mut exchanges = Vec::new();
    for name in RECORDED {
        let sessions = transcript::read(&place(&format!("tests/transcripts/{name}.jsonl")))?;
        exchanges.extend(sessions.into_iter().flat_map(|session| session.exchanges));
    }
    Ok(exchanges)
}

/// Bytes of the wire as text: byte 0xFF is the only one that is not.
fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace('\u{FFFD}', "\\xFF")
}

/// As code in a cell of a table; what gets long is cut.
fn code(text: &str) -> String {
    let lines: Vec<&str> = text.trim().lines().collect();
    let (shown, more) = match lines.first() {
        Some(first) if lines.len() > MOST_LINES => {
            ((*first).to_owned(), format!(" … ({} lines)", lines.len()))
        }
        _ => (lines.join(" ⏎ "), String::new()),
    };
    let cut: String = shown.chars().take(WIDTH).collect();
    let rest = if cut.len() < shown.len() { " …" } else { "" };
    // A backtick ends code, unless more of them enclose it.
    let fence = if cut.contains('`') { "``" } else { "`" };
    format!("{fence}{}{fence}{rest}{more}", cut.trim_end().replace('|', "\\|"))
}
