use serde::Serialize;
use std::fmt;

/// What one look at the guest showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    /// What was looked at.
    pub(super) topic: &'static str,
    pub(super) verdict: Verdict,
    pub(super) text: String,
    /// What to do about it.
    pub(super) remedy: Option<String>,
}

/// Whether the agent can do its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    #[serde(rename = "ok")]
    Fine,
    /// It works, and maybe not as it is meant to.
    Warning,
    /// It does not.
    Problem,
}

impl Finding {
    pub(super) fn fine(topic: &'static str, text: impl fmt::Display) -> Finding {
        Finding { topic, verdict: Verdict::Fine, text: text.to_string(), remedy: None }
    }

    pub(super) fn warning(
        topic: &'static str,
        text: impl fmt::Display,
        remedy: impl fmt::Display,
    ) -> Finding {
        let remedy = Some(remedy.to_string());
        Finding { topic, verdict: Verdict::Warning, text: text.to_string(), remedy }
    }

    pub(super) fn problem(
        topic: &'static str,
        text: impl fmt::Display,
        remedy: impl fmt::Display,
    ) -> Finding {
        Finding { verdict: Verdict::Problem, ..Finding::warning(topic, text, remedy) }
    }
}

/// One line, and the remedy on another below it. Names of files may hold anything: what a terminal would act
/// upon is shown instead.
impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.verdict {
            Verdict::Fine => "ok",
            Verdict::Warning => "warning",
            Verdict::Problem => "problem",
        };
        writeln!(out, "{verdict:<8} {:<14} {}", self.topic, harmless(&self.text))?;
        self.remedy.iter().try_for_each(|remedy| writeln!(out, "{:24}-> {}", "", harmless(remedy)))
    }
}

fn harmless(text: &str) -> String {
    let show = |letter: char| {
        if letter.is_control() { letter.escape_default().to_string() } else { letter.to_string() }
    };
    text.chars().map(show).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_stands_below_and_nothing_reaches_the_terminal_as_a_command() {
        let shown = Finding::problem("hook", "/x\x1b is missing", "make it").to_string();
        let expected = "problem  hook           /x\\u{1b} is missing\n                        -> make it\n";
        assert_eq!(shown, expected);
    }
}
