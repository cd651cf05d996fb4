//! Columns under headings, on terminals of any width.
//!
//! Where a table is too wide, its texts are wrapped; then columns that can be missed are left out, from the first on;
//! and where that is not enough, each row becomes a block of lines, a heading and a cell on each. What is no terminal
//! gets it whole.

use crate::layout::{Layout, cut, wrapped};
use crate::terminal::Escaped;
use comfy_table::presets::NOTHING;
use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, Width};
use std::fmt;
use unicode_width::UnicodeWidthStr;

/// A table for people. Whatever is put into it is made harmless.
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

struct Column {
    number: usize,
    heading: &'static str,
    is_number: bool,
    can_be_missed: bool,
    /// How wide its widest cell is, and its widest word that is kept in one piece.
    widest: usize,
    widest_word: usize,
}

/// Longer words may be broken.
const LONGEST_WORD: usize = 32;
/// Blanks on both sides of a cell.
const PADDING: usize = 2;

impl Table {
    /// A table without rows. A heading that begins with `>` stands over what is never wrapped, such as numbers, and
    /// one with `?` in its marks over what can be missed where there is no room.
    pub(crate) fn new(headings: &[&'static str]) -> Table {
        let columns = headings.iter().enumerate().map(|(number, heading)| Column::new(number, heading));
        Table { columns: columns.collect(), rows: Vec::new() }
    }

    /// Adds a row, with a cell for each heading. One whose first cell is empty goes on with the row before.
    pub(crate) fn row<T: fmt::Display>(&mut self, cells: impl IntoIterator<Item = T>) {
        let cells: Vec<_> = cells.into_iter().map(|cell| Escaped(cell).to_string()).collect();
        self.columns.iter_mut().zip(&cells).for_each(|(column, cell)| column.make_room_for(cell));
        self.rows.push(cells);
    }

    /// The table with these columns, none of them wider than `most`, if there is such a bound.
    fn grid(&self, shown: &[&Column], most: Option<usize>) -> String {
        let mut table = comfy_table::Table::new();
        table.load_preset(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(shown.iter().map(|column| column.cell(column.heading)));
        for row in &self.rows {
            let cells = shown.iter().map_while(|column| Some((column, row.get(column.number)?)));
            table.add_row(cells.map(|(column, text)| column.cell(most.map_or(text, |_| cut(text)))));
        }
        for (column, laid_out) in shown.iter().zip(table.column_iter_mut()) {
            let width = most.map_or(column.widest, |most| column.width(most));
            if width < column.widest {
                let width = u16::try_from(width + PADDING).unwrap_or(u16::MAX);
                laid_out.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
            }
        }
        let mut text = String::new();
        table.lines().for_each(|line| text.extend([" ", line.trim_end(), "\n"]));
        text
    }

    /// A block of lines for each row and the rows that go on with it.
    fn blocks(&self, width: usize) -> String {
        let titles = self.columns.iter().map(|column| column.heading.width()).max().unwrap_or_default();
        let room = width.saturating_sub(titles + 2 * PADDING);
        let goes_on = |_: &Vec<String>, next: &Vec<String>| next.first().is_some_and(String::is_empty);
        let block = |rows: &[Vec<String>]| {
            let lines_of = |column: &Column| {
                let cells =
                    rows.iter().filter_map(|row| row.get(column.number)).filter(|cell| !cell.is_empty());
                titled(column.heading, titles, cells.flat_map(|cell| wrapped(cell, room)).collect())
            };
            self.columns.iter().flat_map(lines_of).collect::<String>()
        };
        self.rows.chunk_by(goes_on).map(block).collect::<Vec<_>>().join("\n")
    }
}

/// Lines, with a heading before the first.
fn titled(heading: &str, width: usize, lines: Vec<String>) -> impl Iterator<Item = String> {
    lines.into_iter().enumerate().map(move |(number, line)| {
        let heading = if number == 0 { heading } else { "" };
        format!("{}\n", format!("  {heading:width$}  {line}").trim_end())
    })
}

impl Layout for Table {
    fn laid_out(&self, width: Option<usize>) -> String {
        let mut shown: Vec<_> = self.columns.iter().collect();
        let Some(width) = width else { return self.grid(&shown, None) };
        let mut missed = Vec::new();
        loop {
            if let Some(most) = bound(&shown, width) {
                return self.grid(&shown, Some(most)) + &remark(&missed);
            }
            let Some(place) = shown.iter().position(|column| column.can_be_missed) else {
                return self.blocks(width);
            };
            missed.push(shown.remove(place).heading);
        }
    }
}

fn remark(missed: &[&str]) -> String {
    if missed.is_empty() { String::new() } else { format!("  (no room for {})\n", missed.join(", ")) }
}

/// How wide columns may be at most for a table of them to be no wider than `width`; nothing if it cannot be.
fn bound(columns: &[&Column], width: usize) -> Option<usize> {
    let needed = |most: usize| columns.iter().map(|column| column.width(most) + PADDING).sum::<usize>();
    (1..=width).rev().find(|most| needed(*most) <= width)
}

impl Column {
    fn new(number: usize, marked: &'static str) -> Column {
        let heading = marked.trim_start_matches(['>', '?']);
        let marks = marked.strip_suffix(heading).unwrap_or_default();
        let (is_number, can_be_missed) = (marks.contains('>'), marks.contains('?'));
        let mut column = Column { number, heading, is_number, can_be_missed, widest: 0, widest_word: 0 };
        column.make_room_for(heading);
        column
    }

    fn make_room_for(&mut self, cell: &str) {
        self.widest = self.widest.max(cell.width());
        let words = cell.split(' ').map(UnicodeWidthStr::width);
        self.widest_word = self.widest_word.max(words.max().unwrap_or_default().min(LONGEST_WORD));
    }

    /// How wide it is where columns should not be wider than `most`.
    fn width(&self, most: usize) -> usize {
        if self.is_number { self.widest } else { self.widest.min(most.max(self.widest_word)) }
    }

    fn cell(&self, text: &str) -> Cell {
        let alignment = if self.is_number { CellAlignment::Right } else { CellAlignment::Left };
        Cell::new(text).set_alignment(alignment)
    }
}

/// What is not known.
pub(crate) fn or_dash<T: fmt::Display>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::LONGEST;

    fn disks() -> Table {
        let mut table = Table::new(&["NAME", "USED FOR", "?SERIAL", ">SIZE"]);
        table.row(["vda", "the system, mostly", "0123456789ab", "512.00 MiB"]);
        table.row(["", "and a spare part"]);
        table.row(["vdb", "data", "-", "1.00 GiB"]);
        table
    }

    #[test]
    fn words_stand_left_and_numbers_right() {
        let mut table = Table::new(&["name", ">bytes"]);
        table.row(["a\x1b[m", "5"]);
        table.row(["b", "1000"]);
        let expected = "  name       bytes\n  a\\u{1b}[m      5\n  b           1000\n";
        assert_eq!(table.laid_out(None), expected);
        assert_eq!(table.laid_out(Some(18)), expected);
    }

    fn lines_of(table: &Table, width: usize) -> Vec<String> {
        table.laid_out(Some(width)).lines().map(str::to_owned).collect()
    }

    #[test]
    fn where_there_is_less_room_texts_are_wrapped() {
        let expected = [
            "  NAME  USED FOR     SERIAL              SIZE",
            "  vda   the system,  0123456789ab  512.00 MiB",
            "        mostly",
            "        and a spare",
            "        part",
            "  vdb   data         -               1.00 GiB",
        ];
        assert_eq!(lines_of(&disks(), 45), expected);
    }

    #[test]
    fn where_there_is_little_room_what_can_be_missed_is_left_out() {
        let expected = [
            "  NAME  USED FOR              SIZE",
            "  vda   the system,     512.00 MiB",
            "        mostly",
            "        and a spare",
            "        part",
            "  vdb   data              1.00 GiB",
            "  (no room for SERIAL)",
        ];
        assert_eq!(lines_of(&disks(), 34), expected);
    }

    #[test]
    fn where_there_is_hardly_any_room_each_cell_has_a_line() {
        let expected = [
            "  NAME      vda",
            "  USED FOR  the",
            "              system,",
            "              mostly",
            "            and a",
            "              spare",
            "              part",
            "  SERIAL    01234567",
            "              89ab",
            "  SIZE      512.00 MiB",
            "",
            "  NAME      vdb",
        ];
        let lines = lines_of(&disks(), 22);
        assert_eq!(lines[..expected.len()], expected);
        assert!(lines.iter().all(|line| line.width() <= 22));
    }

    #[test]
    fn a_novel_is_cut_on_a_terminal_only() {
        let mut table = Table::new(&["NAME"]);
        table.row(["x".repeat(5000)]);
        assert_eq!(table.laid_out(None).matches('x').count(), 5000);
        assert_eq!(table.laid_out(Some(80)).matches('x').count(), LONGEST);
        for width in [0, 1, 5] {
            assert!(table.laid_out(Some(width)).contains('x'), "{width}");
        }
    }
}
