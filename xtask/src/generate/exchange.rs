//! Recorded exchanges as the reference page shows them.

use anyhow::{Context, Result, bail};
use qga_testkit::example::{self, Example};
use qga_wire::json::{self, Parser, Value};
use std::fmt::Write;
use std::path::Path;

/// How long a line may get before a value is spread over several.
const WIDTH: usize = 110;
/// A list longer than this is cut: what is left out looks like what is shown.
const MOST_ELEMENTS: usize = 3;

/// All exchanges of a command, as blocks; empty if there is none.
pub(super) fn of(command: &str) -> Result<String> {
    let examples = example::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/examples.toml"))?;
    let mut page = String::new();
    for (request, example) in example::shown(&examples)? {
        if example.command()?.name == command {
            let note = example.note.as_ref().map(|note| format!("\n{note}:\n")).unwrap_or_default();
            write!(page, "{note}\n```text\n→ {request}\n{}\n```\n", answer(example)?)?;
        }
    }
    Ok(page)
}

fn answer(example: &Example) -> Result<String> {
    let Some(answer) = &example.answer else {
        let event = example.event.as_deref().context("neither answer nor event")?;
        return Ok(format!("(no answer; QEMU's event {event} follows)"));
    };
    let (mark, text) = answer.strip_prefix("@FF@").map_or(("", answer.as_str()), |text| ("\\xFF", text));
    Ok(format!("← {mark}{}", laid_out(&parsed(text)?, 2)?))
}

/// With members in the order in which they were sent.
fn parsed(text: &str) -> Result<Value> {
    let mut parser = Parser::new();
    parser.feed(text.as_bytes());
    parser.feed(b"\n");
    match parser.next() {
        Some(Ok(node)) => Ok(Value::from(node)),
        _ => bail!("not JSON: {text}"),
    }
}

/// A value that begins in that column: on one line if it fits there.
fn laid_out(value: &Value, column: usize) -> Result<String> {
    let line = on_one_line(value)?;
    if column + line.chars().count() <= WIDTH && !holds_long_lists(value) {
        return Ok(line);
    }
    let inner = column + 2;
    match value {
        Value::Array(elements) => {
            let shown = if elements.len() > MOST_ELEMENTS { MOST_ELEMENTS - 1 } else { elements.len() };
            let pieces = elements.iter().take(shown).map(|element| laid_out(element, inner));
            let mut pieces = pieces.collect::<Result<Vec<_>>>()?;
            if elements.len() > shown {
                pieces.push(format!("… {} more", elements.len() - shown));
            }
            Ok(enclosed(&pieces, ['[', ']'], inner))
        }
        Value::Object(members) => {
            let piece = |(name, value): &(String, Value)| {
                let name = on_one_line(&Value::String(name.clone()))?;
                Ok(format!("{name}: {}", laid_out(value, inner)?))
            };
            Ok(enclosed(&members.iter().map(piece).collect::<Result<Vec<_>>>()?, ['{', '}'], inner))
        }
        _ => Ok(line),
    }
}

fn enclosed(pieces: &[String], [open, close]: [char; 2], column: usize) -> String {
    let indent = " ".repeat(column);
    let outer = " ".repeat(column - 2);
    format!("{open}\n{indent}{}\n{outer}{close}", pieces.join(&format!(",\n{indent}")))
}

fn holds_long_lists(value: &Value) -> bool {
    match value {
        Value::Array(elements) => elements.len() > MOST_ELEMENTS || elements.iter().any(holds_long_lists),
        Value::Object(members) => members.iter().any(|(_, value)| holds_long_lists(value)),
        _ => false,
    }
}

/// As the agent writes it.
fn on_one_line(value: &Value) -> Result<String> {
    let mut line = Vec::new();
    json::write(&mut line, value)?;
    Ok(String::from_utf8(line)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_spread_and_long_lists_cut() {
        let short = parsed(r#"{"return": [1, 2, 3]}"#).unwrap();
        let long = parsed(r#"{"return": [{"b": 1, "a": 1}, {"a": 2}, {"a": 3}, {"a": 4}]}"#).unwrap();

        assert_eq!(laid_out(&short, 2).unwrap(), r#"{"return": [1, 2, 3]}"#);
        let expected = "{\n    \"return\": [\n      {\"b\": 1, \"a\": 1},\n      {\"a\": 2},\n      … 2 more\n    ]\n  }";
        assert_eq!(laid_out(&long, 2).unwrap(), expected);
    }
}
