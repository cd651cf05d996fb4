//! Where text goes. Colours reach only a terminal, and none with `NO_COLOR` set (anstream sees to that).

use crate::layout::Layout;
use crate::terminal::Harmless;
use qga_wire::json::{self, Value, WriteError};
use ratatui::crossterm::terminal;
use serde::Serialize;
use std::env;
use std::io::{self, IsTerminal, Write};

/// Standard output for text.
pub(crate) fn text() -> impl Write {
    anstream::stdout().lock()
}

/// Prints it on as many columns as there are.
pub(crate) fn laid_out(what: &impl Layout) -> anyhow::Result<()> {
    Ok(text().write_all(what.laid_out(width()).as_bytes())?)
}

/// How many columns there are for what is printed; no bound where that is no terminal.
pub(crate) fn width() -> Option<usize> {
    let told = || env::var(WIDTH).ok()?.parse().ok();
    let columns = if io::stdout().is_terminal() { terminal::size().ok()?.0.into() } else { told()? };
    Some(columns).filter(|columns| *columns > 0)
}

/// How this program tells one that it runs, and whose output it prints, how many columns there are.
pub(crate) const WIDTH: &str = "QGA_TERMINAL_WIDTH";

/// Standard output for bytes of a guest: as they are, but on a terminal, which they cannot drive.
pub(crate) fn guest_bytes() -> Box<dyn Write> {
    harmless_on_terminals(io::stdout())
}

/// Standard error for bytes of a guest, likewise.
pub(crate) fn guest_errors() -> Box<dyn Write> {
    harmless_on_terminals(io::stderr())
}

fn harmless_on_terminals(stream: impl Write + IsTerminal + 'static) -> Box<dyn Write> {
    if stream.is_terminal() { Box::new(Harmless::new(stream)) } else { Box::new(stream) }
}

/// Prints `value` as a line of JSON, in the agent's spelling: ASCII only, so nothing in it drives a terminal.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut line = Vec::new();
    json::write(&mut line, value)?;
    line.push(b'\n');
    Ok(io::stdout().lock().write_all(&line)?)
}

/// The same over several lines, for people; on one line if it has no parts.
pub(crate) fn readable_json(value: &Value) -> anyhow::Result<()> {
    let mut text = Vec::new();
    indent(&mut text, value, 0)?;
    text.push(b'\n');
    Ok(io::stdout().lock().write_all(&text)?)
}

fn indent(text: &mut Vec<u8>, value: &Value, depth: usize) -> Result<(), WriteError> {
    match value {
        Value::Array(elements) if !elements.is_empty() => {
            let parts = elements.iter().map(|element| (None, element));
            indent_parts(text, *b"[]", parts, depth)
        }
        Value::Object(members) if !members.is_empty() => {
            let parts = members.iter().map(|(name, member)| (Some(name), member));
            indent_parts(text, *b"{}", parts, depth)
        }
        _ => json::write(text, value),
    }
}

fn indent_parts<'a>(
    text: &mut Vec<u8>,
    [open, close]: [u8; 2],
    parts: impl Iterator<Item = (Option<&'a String>, &'a Value)>,
    depth: usize,
) -> Result<(), WriteError> {
    text.push(open);
    for (number, (name, part)) in parts.enumerate() {
        text.extend_from_slice(if number == 0 { b"\n" } else { b",\n" });
        text.extend(b"  ".repeat(depth + 1));
        if let Some(name) = name {
            json::write(text, name)?;
            text.extend_from_slice(b": ");
        }
        indent(text, part, depth + 1)?;
    }
    text.push(b'\n');
    text.extend(b"  ".repeat(depth));
    text.push(close);
    Ok(())
}

/// Says something on standard error.
pub(crate) fn remark(line: &str) {
    // When that is closed there is nobody left to tell.
    drop(writeln!(anstream::stderr(), "{line}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readable_json_has_a_line_for_each_part() {
        let list = Value::Array(vec![Value::Int(1), Value::String("\u{1b}[m\u{9b}".into())]);
        let value = Value::Object(vec![("a".into(), list), ("b".into(), Value::Object(vec![]))]);
        let mut text = Vec::new();
        indent(&mut text, &value, 0).unwrap();
        let expected = "{\n  \"a\": [\n    1,\n    \"\\u001B[m\\u009B\"\n  ],\n  \"b\": {}\n}";
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }
}
