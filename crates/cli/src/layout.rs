//! What is shown to people, on as many columns as they have.

use anstyle::{AnsiColor, Style};
use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};
use unicode_width::UnicodeWidthStr;

const TITLE: Style = AnsiColor::Cyan.on_default();

/// What can be shown on few columns.
pub(crate) trait Layout {
    /// Its lines, none of them wider than `width` as far as that can be; without a width nothing is wrapped or cut.
    fn laid_out(&self, width: Option<usize>) -> String;
}

/// A text stays as it is.
impl Layout for String {
    fn laid_out(&self, _width: Option<usize>) -> String {
        self.clone()
    }
}

/// Rows of a title on the left and its lines on the right.
#[derive(Default)]
pub(crate) struct Rows(Vec<(&'static str, Vec<String>)>);

impl Rows {
    pub(crate) fn add(&mut self, title: &'static str, lines: impl Into<Vec<String>>) {
        self.0.push((title, lines.into()));
    }
}

/// How wide titles are.
const TITLES: usize = 11;

impl Layout for Rows {
    fn laid_out(&self, width: Option<usize>) -> String {
        let room = width.map(|width| width.saturating_sub(TITLES + 3));
        let mut text = String::new();
        for (title, lines) in &self.0 {
            let lines = lines.iter().flat_map(|line| match room {
                Some(room) => wrapped(line, room),
                None => vec![line.clone()],
            });
            for (number, line) in lines.enumerate() {
                let title = if number == 0 { title } else { "" };
                let title = format!("  {TITLE}{title:<TITLES$}{TITLE:#} ");
                text.extend([&*title, &*line, "\n"]);
            }
        }
        text
    }
}

/// How many characters of a text a terminal gets, which it would fill alone.
pub(crate) const LONGEST: usize = 1000;

/// What of a text is for a terminal.
pub(crate) fn cut(text: &str) -> &str {
    text.char_indices().nth(LONGEST).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// Narrower texts are of no use: better let the terminal break them.
const NARROWEST: usize = 8;

/// The lines of `text` on so many columns of a terminal, broken between words where that can be, those after the first indented.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    if text.width() <= width {
        return vec![text.to_owned()];
    }
    let text = cut(text);
    let mut table = Table::new();
    let room = width.max(NARROWEST) - INDENT.len();
    table.load_preset(NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(room).unwrap_or(u16::MAX)).add_row([text]);
    for column in table.column_iter_mut() {
        column.set_padding((0, 0));
    }
    let lines = table.lines().enumerate();
    lines
        .map(|(number, line)| format!("{}{}", if number == 0 { "" } else { INDENT }, line.trim_end()))
        .collect()
}

const INDENT: &str = "  ";

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
        assert_eq!(plain(&rows, None), "  Network     lo\n              eth0\n");
    }

    fn plain(rows: &Rows, width: Option<usize>) -> String {
        anstream::adapter::strip_str(&rows.laid_out(width)).to_string()
    }

    #[test]
    fn long_lines_are_broken_between_words_where_there_is_a_width() {
        let mut rows = Rows::default();
        rows.add("Network", ["lo  10.0.2.15/24, fe80::1/64".to_owned(), "eth0".to_owned()]);
        assert_eq!(plain(&rows, None), "  Network     lo  10.0.2.15/24, fe80::1/64\n              eth0\n");
        assert_eq!(
            plain(&rows, Some(33)),
            "  Network     lo  10.0.2.15/24,\n                fe80::1/64\n              eth0\n"
        );
        rows.add("Name", ["x".repeat(5000)]);
        assert_eq!(plain(&rows, Some(33)).matches('x').count(), LONGEST);
        assert_eq!(plain(&rows, None).matches('x').count(), 5000);
        for width in 0..20 {
            assert!(plain(&rows, Some(width)).contains("eth0"), "{width}");
        }
    }
}
