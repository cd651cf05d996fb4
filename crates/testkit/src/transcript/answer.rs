//! Judging an answer.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::transcript::{Exchange, pattern, placeholder::Placeholders};

/// What must come back.
#[derive(Debug, Clone)]
pub enum Expected {
    /// Exactly these bytes.
    Bytes(Vec<u8>),
    /// Lines that fit these patterns.
    Patterns(Vec<Value>),
}

impl Expected {
    /// What an exchange expects, with placeholders replaced.
    pub fn of(exchange: &Exchange, placeholders: &Placeholders) -> Result<Expected> {
        match (&exchange.expect_bytes, &exchange.expect_patterns) {
            (Some(bytes), None) => Ok(Expected::Bytes(placeholders.fill_bytes(&bytes.0))),
            (None, Some(patterns)) => {
                let filled = patterns.iter().map(|pattern| placeholders.fill_value(pattern));
                Ok(Expected::Patterns(filled.collect()))
            }
            _ => bail!("{} must expect either bytes or patterns", exchange.name),
        }
    }

    /// How many lines that are.
    pub fn lines(&self) -> usize {
        match self {
            Expected::Bytes(bytes) => bytes.split(|byte| *byte == b'\n').count() - 1,
            Expected::Patterns(patterns) => patterns.len(),
        }
    }

    /// Sees that an answer is as expected; the error tells both.
    pub fn check(&self, answer: &[u8]) -> Result<()> {
        match self {
            Expected::Bytes(bytes) => {
                ensure!(
                    answer == bytes,
                    "the answer is\n  {}\nand should be\n  {}",
                    excerpt(answer),
                    excerpt(bytes)
                );
                Ok(())
            }
            Expected::Patterns(patterns) => {
                let lines: Vec<Value> = parse_lines(answer)?.into_iter().map(without_extensions).collect();
                pattern::fits(&Value::from(patterns.clone()), &Value::from(lines))
                    .with_context(|| format!("the answer is {}", excerpt(answer)))
            }
        }
    }
}

/// The answer lines as JSON values; one led by byte 0xFF becomes `{"@FF@": value}`.
pub fn parse_lines(answer: &[u8]) -> Result<Vec<Value>> {
    let lines = answer.split_inclusive(|byte| *byte == b'\n');
    lines.map(|line| parse_line(line).with_context(|| format!("in the line {}", excerpt(line)))).collect()
}

fn parse_line(line: &[u8]) -> Result<Value> {
    let line = line.strip_suffix(b"\n").context("it does not end")?;
    let (text, marked) = line.strip_prefix(b"\xff").map_or((line, false), |rest| (rest, true));
    ensure!(text.is_ascii(), "it is not ASCII");
    let value: Value = serde_json::from_slice(text)?;
    Ok(if marked { json!({"@FF@": value}) } else { value })
}

/// Without the commands that the reference cannot have: QAPI leaves names that begin so to others.
fn without_extensions(mut line: Value) -> Value {
    if let Some(Value::Array(commands)) = line.pointer_mut("/return/supported_commands") {
        let is_ours = |command: &Value| command["name"].as_str().is_some_and(|name| name.starts_with("__"));
        commands.retain(|command| !is_ours(command));
    }
    line
}

fn excerpt(bytes: &[u8]) -> String {
    let start: Vec<u8> = bytes.iter().take(800).copied().collect();
    let more = bytes.len() - start.len();
    let tail = if more > 0 { format!(" and {more} bytes more") } else { String::new() };
    format!("{}{tail}", start.escape_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_led_by_the_sentinel_is_told_apart() {
        let lines = parse_lines(b"\xff{\"return\": 1}\n{\"return\": {}}\n").unwrap();

        assert_eq!(lines, [json!({"@FF@": {"return": 1}}), json!({"return": {}})]);
    }

    #[test]
    fn lines_that_are_not_ascii_or_do_not_end_are_refused() {
        assert!(parse_lines("{\"return\": \"ä\"}\n".as_bytes()).is_err());
        assert!(parse_lines(b"{\"return\": {}}").is_err());
    }

    #[test]
    fn commands_that_the_reference_cannot_have_may_be_offered_beside_its_own() {
        let expected =
            Expected::Patterns(vec![json!({"return": {"supported_commands": [{"name": "guest-a"}]}})]);
        let answer = |names: &str| format!("{{\"return\": {{\"supported_commands\": [{names}]}}}}\n");

        let with_ours = answer(r#"{"name": "__org.qga_b"}, {"name": "guest-a"}"#);
        let with_another = answer(r#"{"name": "guest-a"}, {"name": "guest-b"}"#);

        expected.check(with_ours.as_bytes()).unwrap();
        assert!(expected.check(with_another.as_bytes()).is_err());
    }
}
