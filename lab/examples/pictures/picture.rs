//! A screen as an SVG: a dark window of its own, so that it is legible on light and dark pages.
//!
//! Each character has its own place, and bars and frames are drawn, so that it does not depend on the reader's fonts.

use std::fmt::Write;
use vt100::{Cell, Color, Screen};

/// The size of a character, in pixels.
const WIDTH: u16 = 8;
const HEIGHT: u16 = 18;
const MARGIN: u16 = 16;
/// The bar with the title.
const HEAD: u16 = 26;
const BACKGROUND: &str = "#1c2128";
const TEXT: &str = "#d1d7e0";
const FAINT: &str = "#848d97";
/// The eight colours of a terminal, bright enough for a dark background.
const COLOURS: [&str; 8] =
    ["#656c76", "#f47067", "#57ab5a", "#d4a72c", "#6cb6ff", "#dcbdfb", "#56d4dd", TEXT];

/// The picture of a screen up to its last line with text.
pub(crate) fn svg(screen: &Screen, title: &str) -> String {
    let (_, columns) = screen.size();
    let lines: Vec<String> = screen.rows(0, columns).collect();
    let rows = lines.iter().rposition(|line| !line.trim().is_empty()).map_or(0, |last| last + 1);
    let rows = u16::try_from(rows).unwrap_or(u16::MAX);
    let (width, height) = (columns * WIDTH + 2 * MARGIN, rows * HEIGHT + 2 * MARGIN + HEAD);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" font-family=\"ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace\" \
         font-size=\"13\">\n<title>{title}</title>\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n\
         <text x=\"{MARGIN}\" y=\"24\" fill=\"{FAINT}\">$ {title}</text>\n"
    );
    for row in 0..rows {
        line(&mut svg, screen, row, columns);
    }
    svg.push_str("</svg>\n");
    svg
}

/// Letters that look alike, and where each begins.
#[derive(Default)]
struct Word {
    letters: String,
    look: String,
    places: Vec<String>,
}

/// A piece of text for each word; what is drawn stands by itself.
fn line(svg: &mut String, screen: &Screen, row: u16, columns: u16) {
    let top = MARGIN + HEAD + row * HEIGHT;
    let mut word: Option<Word> = None;
    for column in 0..=columns {
        let cell = screen.cell(row, column);
        let (text, look) = cell.map_or_else(Default::default, |cell| (cell.contents(), look(cell)));
        let left = MARGIN + column * WIDTH;
        let drawn = drawn(&text, left, top, &look);
        let goes_on = word.as_ref().is_some_and(|word| word.look == look);
        let is_blank = text.trim().is_empty() || drawn.is_some();
        if is_blank || !goes_on {
            write_word(svg, word.take(), top);
        }
        svg.push_str(&drawn.unwrap_or_default());
        if !is_blank {
            let word = word.get_or_insert_with(|| Word { look, ..Word::default() });
            word.letters.push_str(&text.replace('&', "&amp;").replace('<', "&lt;"));
            word.places.push(left.to_string());
        }
    }
}

fn write_word(svg: &mut String, word: Option<Word>, top: u16) {
    if let Some(Word { letters, look, places }) = word {
        let (x, y) = (places.join(" "), top + HEIGHT - 5);
        // Writing to a string cannot fail.
        let _ = writeln!(svg, "<text x=\"{x}\" y=\"{y}\" {look}>{letters}</text>");
    }
}

/// Bars and frames.
fn drawn(text: &str, left: u16, top: u16, look: &str) -> Option<String> {
    let (right, bottom) = (left + WIDTH, top + HEIGHT);
    let (x, y) = (left + WIDTH / 2, top + HEIGHT / 2);
    let path = match text {
        "█" | "░" => {
            let opacity = if text == "█" { "1" } else { "0.25" };
            let (y, height) = (top + 2, HEIGHT - 4);
            return Some(format!(
                "<rect x=\"{left}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{height}\" {look} opacity=\"{opacity}\"/>\n"
            ));
        }
        "─" => format!("M{left} {y}H{right}"),
        "│" => format!("M{x} {top}V{bottom}"),
        "┌" => format!("M{right} {y}H{x}V{bottom}"),
        "┐" => format!("M{left} {y}H{x}V{bottom}"),
        "└" => format!("M{right} {y}H{x}V{top}"),
        "┘" => format!("M{left} {y}H{x}V{top}"),
        _ => return None,
    };
    Some(format!("<path d=\"{path}\" fill=\"none\" stroke=\"{FAINT}\"/>\n"))
}

fn look(cell: &Cell) -> String {
    let colour = match cell.fgcolor() {
        Color::Idx(index) => COLOURS.get(usize::from(index % 8)).copied().unwrap_or(TEXT).to_owned(),
        Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
        Color::Default => TEXT.to_owned(),
    };
    let weight = if cell.bold() { " font-weight=\"bold\"" } else { "" };
    format!("fill=\"{colour}\"{weight}")
}
