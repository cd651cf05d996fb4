//! Titles on the left, what they are about on the right.

use anstyle::{AnsiColor, Style};
use std::fmt;

const TITLE: Style = AnsiColor::Cyan.on_default();

/// Rows of a title and its lines, aligned.
#[derive(Default)]
pub(crate) struct Rows(Vec<(&'static str, Vec<String>)>);

impl Rows {
    pub(crate) fn add(&mut self, title: &'static str, lines: impl Into<Vec<String>>) {
        self.0.push((title, lines.into()));
    }
}

impl fmt::Display for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (title, lines) in &self.0 {
            for (number, line) in lines.iter().enumerate() {
                let title = if number == 0 { title } else { "" };
                writeln!(f, "  {TITLE}{title:<11}{TITLE:#} {line}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stand_below_each_other() {
        let mut rows = Rows::default();
        rows.add("Network", ["lo".to_owned(), "eth0".to_owned()]);
        rows.add("Nothing", []);
        let plain = anstream::adapter::strip_str(&rows.to_string()).to_string();
        assert_eq!(plain, "  Network     lo\n              eth0\n");
    }
}
