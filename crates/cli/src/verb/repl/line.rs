//! What a line means.

use crate::verb::call;
use qga_wire::json::{Parser, Value};

#[derive(Debug, PartialEq)]
pub(super) enum Line {
    Empty,
    Quit,
    Help(Option<String>),
    Call { name: String, arguments: Option<Value> },
}

/// What the names of all commands begin with, which need not be typed.
const PREFIX: &str = "guest-";

impl Line {
    pub(super) fn parse(text: &str) -> Result<Line, String> {
        let text = text.trim();
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let rest = rest.trim();
        match word {
            "" => Ok(Line::Empty),
            "quit" | "exit" => Ok(Line::Quit),
            "help" | "?" => Ok(Line::Help((!rest.is_empty()).then(|| full_name(rest)))),
            name => Ok(Line::Call { name: full_name(name), arguments: arguments(rest)? }),
        }
    }
}

pub(super) fn full_name(name: &str) -> String {
    if name.starts_with(PREFIX) { name.to_owned() } else { format!("{PREFIX}{name}") }
}

/// An object in JSON, or words as `path=/etc/hosts`.
fn arguments(text: &str) -> Result<Option<Value>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    if text.starts_with('{') {
        return call::parse(text).map(Some).map_err(|error| error.to_string());
    }
    let member = |word: &str| {
        let (name, value) = word.split_once('=').ok_or_else(|| {
            format!("'{word}' is no argument: expected name=value, or all of them as an object in JSON")
        })?;
        Ok((name.to_owned(), value_of(value)))
    };
    text.split_whitespace()
        .map(member)
        .collect::<Result<_, String>>()
        .map(|members| Some(Value::Object(members)))
}

/// What is JSON is taken as such, everything else as text.
fn value_of(text: &str) -> Value {
    let mut parser = Parser::new();
    parser.feed(text.as_bytes());
    parser.feed(b"\n");
    let value = match parser.next() {
        Some(Ok(node)) => Value::from(node),
        _ => return Value::String(text.to_owned()),
    };
    if parser.next().is_some() { Value::String(text.to_owned()) } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(name: &str, members: &[(&str, Value)]) -> Line {
        let members = members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Line::Call { name: name.into(), arguments: Some(Value::Object(members)) }
    }

    #[test]
    fn a_line_is_a_command_with_its_arguments_or_a_word_of_its_own() {
        assert_eq!(Line::parse("  "), Ok(Line::Empty));
        assert_eq!(Line::parse("quit"), Ok(Line::Quit));
        assert_eq!(Line::parse("help get-time"), Ok(Line::Help(Some("guest-get-time".into()))));
        assert_eq!(Line::parse("ping "), Ok(Line::Call { name: "guest-ping".into(), arguments: None }));
        let text = Value::String("/etc/a b".into());
        assert_eq!(
            Line::parse("guest-file-open {'path': '/etc/a b'}"),
            Ok(call("guest-file-open", &[("path", text)]))
        );
    }

    #[test]
    fn values_are_json_where_they_can_be() {
        let string = |text: &str| Value::String(text.into());
        let cases = [
            ("x=5", Value::Int(5)),
            ("x=true", Value::Bool(true)),
            ("x=/a=b", string("/a=b")),
            ("x=", string("")),
            ("x='5'", string("5")),
            ("x=5,6", string("5,6")),
        ];
        for (word, value) in cases {
            assert_eq!(Line::parse(&format!("a {word}")), Ok(call("guest-a", &[("x", value)])), "{word}");
        }
        for wrong in ["a x", "a {", "a {} {}", "a {'x'}"] {
            assert!(Line::parse(wrong).is_err(), "{wrong}");
        }
    }
}
