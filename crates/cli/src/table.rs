//! Columns under headings.

use crate::terminal::Escaped;
use comfy_table::presets::NOTHING;
use comfy_table::{Cell, CellAlignment, ContentArrangement};
use std::fmt;

/// A table for people. Whatever is put into it is made harmless.
pub(crate) struct Table {
    inner: comfy_table::Table,
    headings: &'static [&'static str],
}

impl Table {
    /// A table without rows. A heading that begins with `>` stands over numbers.
    pub(crate) fn new(headings: &'static [&'static str]) -> Table {
        let mut inner = comfy_table::Table::new();
        inner.load_preset(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        inner.set_header(headings.iter().map(|heading| cell(heading, heading.trim_start_matches('>'))));
        Table { inner, headings }
    }

    /// Adds a row, with a cell for each heading.
    pub(crate) fn row<T: fmt::Display>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.inner.add_row(self.headings.iter().zip(cells).map(|(heading, text)| cell(heading, text)));
    }
}

fn cell(heading: &str, text: impl fmt::Display) -> Cell {
    let alignment = if heading.starts_with('>') { CellAlignment::Right } else { CellAlignment::Left };
    Cell::new(Escaped(text)).set_alignment(alignment)
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.lines().try_for_each(|line| writeln!(f, " {}", line.trim_end()))
    }
}

/// What is not known.
pub(crate) fn or_dash<T: fmt::Display>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_left_and_numbers_right() {
        let mut table = Table::new(&["name", ">bytes"]);
        table.row(["a\x1b[m", "5"]);
        table.row(["b", "1000"]);
        assert_eq!(table.to_string(), "  name       bytes\n  a\\u{1b}[m      5\n  b           1000\n");
    }
}
