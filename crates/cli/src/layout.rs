//! Titles on the left, what they are about on the right.

use anstyle::{AnsiColor, Style};
use std::fmt;
use unicode_width::UnicodeWidthStr;

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

/// The widest column of names that what stands behind them is lined up for.
const WIDEST_NAMES: usize = 40;

/// Lines of a name and a text, the texts below each other as far as the names are no novels.
pub(crate) fn side_by_side(lines: impl IntoIterator<Item = (String, String)>) -> Vec<String> {
    let lines: Vec<_> = lines.into_iter().collect();
    let width = lines.iter().map(|(name, _)| name.width()).max().unwrap_or_default().min(WIDEST_NAMES);
    let line = |(name, text): (String, String)| {
        let gap = width.saturating_sub(name.width());
        format!("{name}{:gap$}  {text}", "")
    };
    lines.into_iter().map(line).collect()
}

/// How full something is, as a bar of that many characters and in percent.
pub(crate) fn bar(used: u64, total: u64, width: usize) -> String {
    let full = u128::from(total.max(1));
    let part = u128::from(used).min(full);
    let share = |whole: usize| usize::try_from(part * whole as u128 / full).unwrap_or(whole);
    let filled = share(width);
    format!("{}{} {:3} %", "█".repeat(filled), "░".repeat(width - filled), share(100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_full_as_what_it_shows_and_never_more() {
        assert_eq!(bar(0, 8, 4), "░░░░   0 %");
        assert_eq!(bar(7, 8, 4), "███░  87 %");
        for (used, total) in [(8, 8), (9, 8), (u64::MAX, u64::MAX), (1, 0)] {
            assert_eq!(bar(used, total, 4), "████ 100 %", "{used} of {total}");
        }
    }

    #[test]
    fn names_of_any_length_and_width_stand_beside_their_texts() {
        let name = "x".repeat(70_000);
        let lines = [("客".to_owned(), "1".to_owned()), ("eth0".into(), "2".into())];
        assert_eq!(side_by_side(lines), ["客    1", "eth0  2"]);
        let long = side_by_side([(name.clone(), "1".to_owned()), ("eth0".into(), "2".into())]);
        assert_eq!(long, [format!("{name}  1"), format!("eth0{:38}2", "")]);
    }

    #[test]
    fn lines_stand_below_each_other() {
        let mut rows = Rows::default();
        rows.add("Network", ["lo".to_owned(), "eth0".to_owned()]);
        rows.add("Nothing", []);
        let plain = anstream::adapter::strip_str(&rows.to_string()).to_string();
        assert_eq!(plain, "  Network     lo\n              eth0\n");
    }
}
