//! The line that answers.

use crate::error::{Error, Violation};
use qga_wire::decode::{self, ArgumentError};
use qga_wire::json::{Kind, Node, Parser};
use serde::Deserialize;

/// The answer of a command that has nothing to tell.
pub(crate) const NOTHING: &[u8] = b"{\"return\": {}}";

#[derive(Deserialize)]
struct Failure {
    class: String,
    desc: String,
}

/// What `line` answers to `command`; `returns` makes something of the value returned.
///
/// Members that this library doesn't know are skipped, as a newer agent may have them.
pub(crate) fn read<T>(
    line: Vec<u8>,
    command: &str,
    returns: impl FnOnce(Node<'_>) -> Result<T, ArgumentError>,
) -> Result<T, Error> {
    match open(line, returns) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(failure)) => Err(Error::Agent { class: failure.class, desc: failure.desc }),
        Err(violation) => Err(violation.in_answer_to(command)),
    }
}

fn open<T>(
    line: Vec<u8>,
    returns: impl FnOnce(Node<'_>) -> Result<T, ArgumentError>,
) -> Result<Result<T, Failure>, Violation> {
    // How long a reply may be is the business of who read the line.
    let mut parser = Parser::holding(line);
    let node = match parser.next() {
        Some(Ok(node)) => node,
        Some(Err(error)) => return Err(Violation::NotAReply(error.to_string())),
        None => return Err(Violation::NotAReply("it is cut short".to_owned())),
    };
    let Kind::Object(members) = node.kind() else {
        return Err(Violation::NotAReply("it is no object".to_owned()));
    };
    let wrong_type = |error: ArgumentError| Violation::WrongType(error.to_string());
    for (name, value) in members {
        match name.as_ref() {
            "return" => return returns(value).map(Ok).map_err(wrong_type),
            "error" => return decode::lenient(value).map(Err).map_err(wrong_type),
            _ => {}
        }
    }
    Err(Violation::NotAReply("it has neither 'return' nor 'error'".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use qga_wire::json::Value;

    fn number(line: &[u8]) -> Result<i64, String> {
        read(line.to_vec(), "guest-x", decode::lenient).map_err(|error| match error {
            Error::Protocol { command, source } => {
                assert_eq!(command, "guest-x");
                source.to_string()
            }
            Error::Agent { class, desc } => format!("agent: {class}: {desc}"),
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn a_reply_is_what_was_asked_for_or_the_agents_error_or_no_reply() {
        let cases = [
            (&br#"{"return": 5}"#[..], Ok(5)),
            (br#"{"return":5,"id":{"any":[]}}"#, Ok(5)),
            (br#"{"error": {"class": "GenericError", "desc": "no"}}"#, Err("agent: GenericError: no")),
            (br#"{"id": 1, "error": {"class": "X", "desc": "no", "more": 1}}"#, Err("agent: X: no")),
            (b"{\"return\": 5", Err("not a reply: it is cut short")),
            (b"[]", Err("not a reply: it is no object")),
            (br#"{"event": "x"}"#, Err("not a reply: it has neither 'return' nor 'error'")),
            (b"\x1b[2J", Err("not a reply: 1:1: JSON parse error, stray '\u{1b}'")),
        ];
        for (line, expected) in cases {
            assert_eq!(number(line), expected.map_err(str::to_owned), "{}", line.escape_ascii());
        }
    }

    #[test]
    fn a_value_of_another_type_is_told_as_such() {
        for line in
            [&br#"{"return": "5"}"#[..], br#"{"return": {}}"#, br#"{"error": "no"}"#, br#"{"error": {}}"#]
        {
            let told = number(line).unwrap_err();
            assert!(told.starts_with("not what the command answers: "), "{told}");
        }
    }

    #[test]
    fn a_value_of_any_shape_can_be_kept() {
        let value =
            read(br#"{"return": {"a": [1, null]}}"#.to_vec(), "guest-x", |node| Ok(Value::from(node)))
                .unwrap();
        let list = Value::Array(vec![Value::Int(1), Value::Null]);
        assert_eq!(value, Value::Object(vec![("a".into(), list)]));
    }
}
