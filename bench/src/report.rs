//! The table.

use crate::{
    line::{Target, Unit},
    program::Program,
    run::{Numbers, Outcome},
};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::{
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::Path,
};

/// What all lines have shown.
#[derive(Debug)]
pub(crate) struct Report {
    against: String,
    groups: Vec<(&'static str, Vec<Outcome>)>,
}

/// The page whose table a full run replaces, and what encloses it there.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/performance.md");
const BEGIN: &str = "<!-- written by cargo xtask bench -->\n";
const END: &str = "<!-- end -->\n";

impl Report {
    pub(crate) fn new(against: &Program) -> Report {
        Report { against: against.name.clone(), groups: Vec::new() }
    }

    /// Adds a group, and tells of each line on the terminal as it is measured.
    pub(crate) fn add(&mut self, title: &'static str, outcomes: impl Iterator<Item = Outcome>) {
        let outcomes: Vec<Outcome> = outcomes.inspect(tell).collect();
        if !outcomes.is_empty() {
            self.groups.push((title, outcomes));
        }
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.outcomes().all(|outcome| outcome.numbers.is_ok())
    }

    fn outcomes(&self) -> impl Iterator<Item = &Outcome> {
        self.groups.iter().flat_map(|(_, outcomes)| outcomes)
    }

    pub(crate) fn print(&self) -> Result<()> {
        Ok(io::stdout().write_all(self.markdown()?.as_bytes())?)
    }

    /// Puts the table into the documentation.
    pub(crate) fn write_page(&self) -> Result<()> {
        let page = fs::read_to_string(PAGE).with_context(|| format!("cannot read {PAGE}"))?;
        let (before, rest) = page.split_once(BEGIN).context("the page has no place for the table")?;
        let (_, after) = rest.split_once(END).context("the page's place for the table has no end")?;
        let table = self.markdown()?;
        fs::write(Path::new(PAGE), format!("{before}{BEGIN}\n{table}\n{END}{after}"))
            .with_context(|| format!("cannot write {PAGE}"))
    }

    fn markdown(&self) -> Result<String> {
        let mut text = format!("{}\n", circumstances()?);
        for (title, outcomes) in &self.groups {
            write!(text, "\n### {title}\n\n")?;
            writeln!(
                text,
                "| what | unit | qga | {} | limit | ratio | must | should | growth |",
                self.against
            )?;
            text.push_str("| --- | --- | ---: | ---: | ---: | ---: | --- | --- | --- |\n");
            for outcome in outcomes {
                writeln!(text, "{}", row(outcome))?;
            }
        }
        Ok(text)
    }

    /// The same for programs.
    pub(crate) fn json(&self) -> Result<String> {
        let lines: Vec<Value> = self.outcomes().map(object).collect();
        Ok(serde_json::to_string_pretty(&json!({"against": self.against, "at": now(), "lines": lines}))?)
    }
}

fn object(outcome: &Outcome) -> Value {
    let Numbers { ours, theirs, limit, exponents } = match &outcome.numbers {
        Ok(numbers) => numbers,
        Err(error) => return json!({"what": outcome.line.what, "error": format!("{error:#}")}),
    };
    json!({
        "what": outcome.line.what,
        "unit": outcome.line.unit.name(),
        "ours": ours,
        "theirs": theirs,
        "limit": limit,
        "exponents": exponents.map(|(ours, theirs)| [ours, theirs]),
    })
}

#[expect(clippy::print_stderr, reason = "the terminal is where a chore reports")]
fn tell(outcome: &Outcome) {
    eprintln!("{}", row(outcome));
}

fn row(outcome: &Outcome) -> String {
    let line = &outcome.line;
    let numbers = match &outcome.numbers {
        Ok(numbers) => numbers,
        Err(error) => return format!("| {} | not measured: {error:#} |", line.what),
    };
    let (must, should) = targets(line.target, line.unit);
    let cells = [
        line.what.to_owned(),
        line.unit.name().to_owned(),
        number(numbers.ours),
        number(numbers.theirs),
        numbers.limit.map_or_else(|| "–".to_owned(), number),
        number(numbers.ours / numbers.theirs),
        must,
        should,
        numbers.exponents.map_or_else(String::new, |(ours, theirs)| format!("{ours:.2}, {theirs:.2}")),
    ];
    format!("| {} |", cells.join(" | "))
}

fn targets(target: Target, unit: Unit) -> (String, String) {
    let sign = if unit.more_is_better() { '≥' } else { '≤' };
    match target {
        Target::Ratio { must, should } => (format!("{sign} {must}"), format!("{sign} {should}")),
        Target::NotAbove => (format!("{sign} 1"), String::new()),
        Target::Value(value) => (format!("qga: {value}"), String::new()),
        Target::OfLimit(part) => (format!("qga: {sign} {part} of the limit"), String::new()),
    }
}

/// Three digits that count.
fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size < 0.1 => format!("{value:.4}"),
        size if size < 1.0 => format!("{value:.3}"),
        size if size < 10.0 => format!("{value:.2}"),
        size if size < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// When and on what machine.
fn circumstances() -> Result<String> {
    let processors = fs::read_to_string("/proc/cpuinfo")?;
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let load = fs::read_to_string("/proc/loadavg")?;
    Ok(format!(
        "{}, {} × {}, Linux {}, load {} at the end; medians.",
        now(),
        std::thread::available_parallelism()?,
        model.map_or("an unknown processor", |(_, model)| model),
        kernel.trim(),
        load.split_whitespace().next().unwrap_or("unknown"),
    ))
}

fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string()
}
