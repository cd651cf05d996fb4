//! `qga doctor`: tries the way to an agent step by step, and says what to do where it ends.

mod agent;
mod channel;

use crate::args::Common;
use crate::failure;
use crate::output;
use crate::terminal::Escaped;
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use std::fmt;
use std::io::Write;
use std::process::ExitCode;

/// What one step showed.
#[derive(Debug, Serialize)]
struct Finding {
    step: &'static str,
    state: State,
    text: String,
    /// What to do about it.
    remedy: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Good,
    /// It works, and may not be what is wanted.
    Odd,
    Bad,
}

impl Finding {
    fn good(step: &'static str, text: impl fmt::Display) -> Finding {
        Finding { step, state: State::Good, text: text.to_string(), remedy: None }
    }

    fn odd(step: &'static str, text: impl fmt::Display, remedy: &str) -> Finding {
        Finding { step, state: State::Odd, text: text.to_string(), remedy: Some(remedy.to_owned()) }
    }

    fn bad(step: &'static str, text: impl fmt::Display, remedy: &str) -> Finding {
        Finding { step, state: State::Bad, text: text.to_string(), remedy: Some(remedy.to_owned()) }
    }
}

pub(crate) fn run(common: &Common) -> anyhow::Result<ExitCode> {
    let target = common.target()?;
    let mut findings = channel::look(&target);
    let mut code = failure::UNREACHABLE;
    if !has_bad(&findings) {
        let examined = common.connect().and_then(|client| Ok(agent::examine(client, &mut findings)?));
        code = examined.as_ref().err().map_or(0, failure::exit_code);
        if let Err(error) = examined {
            let finding = agent::not_reached(&error, &findings);
            findings.push(finding);
        }
    }
    if code == 0 && has_bad(&findings) {
        code = failure::FAILED;
    }
    if common.json() {
        output::json(&findings)?;
    } else {
        let mut out = output::text();
        findings.iter().try_for_each(|finding| write!(out, "{finding}"))?;
    }
    Ok(code.into())
}

fn has_bad(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.state == State::Bad)
}

const GOOD: Style = AnsiColor::Green.on_default();
const ODD: Style = AnsiColor::Yellow.on_default();
const BAD: Style = AnsiColor::Red.on_default();

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (style, mark) = match self.state {
            State::Good => (GOOD, "ok"),
            State::Odd => (ODD, "?"),
            State::Bad => (BAD, "!!"),
        };
        writeln!(f, "  {style}{mark:2}{style:#}  {:<11} {}", self.step, Escaped(&self.text))?;
        self.remedy.iter().try_for_each(|remedy| writeln!(f, "                  → {remedy}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_has_its_remedy_below_it() {
        let shown = Finding::bad("Socket", "there is none\x1b", "start the guest").to_string();
        let plain = anstream::adapter::strip_str(&shown).to_string();
        assert_eq!(plain, "  !!  Socket      there is none\\u{1b}\n                  → start the guest\n");
    }
}
