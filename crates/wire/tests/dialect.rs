//! The recorded exchanges of the reference agent, as far as the parser decides them: which values and which
//! syntax errors it finds in what was sent, in which order, with which words and places.

#![cfg(test)]

use base64::{Engine, engine::general_purpose::STANDARD};
use qga_wire::json::{Parser, Value};
use serde_json::Value as Json;

const RECORDED: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/transcripts/protocol.jsonl"));

#[test]
fn the_recorded_exchanges_have_the_same_values_and_errors() {
    let mut parser = Parser::new();
    let mut session = String::new();
    for line in RECORDED.lines() {
        let exchange: Json = serde_json::from_str(line).unwrap();
        let name = exchange["name"].as_str().unwrap();
        let this_session = exchange["session"].as_str().unwrap_or(name);
        if this_session != session {
            session = this_session.to_owned();
            parser = Parser::new();
        }
        parser.feed(&sent(&exchange));
        for (number, answer) in answers(&exchange).into_iter().enumerate() {
            check(&mut parser, &answer, &format!("{name}, answer {number}"));
        }
        assert!(parser.next().is_none(), "{name}: more than was answered");
    }
}

fn check(parser: &mut Parser, answer: &str, name: &str) {
    let found = parser.next().unwrap_or_else(|| panic!("{name}: nothing found for {answer}"));
    // A double beyond all doubles is answered as `inf`, which is no JSON.
    let Ok(answer) = serde_json::from_str::<Json>(answer) else { return };
    match (syntax_error(&answer), found) {
        (Some(expected), Err(error)) => assert_eq!(error.to_string(), expected, "{name}"),
        (None, Ok(node)) => {
            let request = serde_json::to_value(Value::from(node)).unwrap();
            if let Some(id) = answer.get("id") {
                assert_eq!(request.get("id").map(as_sent), Some(as_sent(id)), "{name}");
            }
        }
        (_, found) => panic!("{name}: found {found:?} for {answer}"),
    }
}

fn sent(exchange: &Json) -> Vec<u8> {
    let Some(pieces) = exchange["send_repeat"].as_array() else { return bytes(&exchange["send_b64"]) };
    let times = |piece: &Json| usize::try_from(piece["times"].as_u64().unwrap()).unwrap();
    pieces.iter().flat_map(|piece| bytes(&piece["b64"]).repeat(times(piece))).collect()
}

fn answers(exchange: &Json) -> Vec<String> {
    let answers: Vec<u8> = bytes(&exchange["expect_b64"]).into_iter().filter(|byte| *byte != 0xFF).collect();
    String::from_utf8(answers).unwrap().lines().map(str::to_owned).collect()
}

fn bytes(base64: &Json) -> Vec<u8> {
    STANDARD.decode(base64.as_str().unwrap_or_default()).unwrap()
}

fn syntax_error(answer: &Json) -> Option<&str> {
    let text = answer["error"]["desc"].as_str()?;
    (text.contains("JSON parse error, ") || text.ends_with(" limit exceeded")).then_some(text)
}

/// The reference answers 100 for 100.0, and `serde_json` tells the two apart.
fn as_sent(value: &Json) -> Json {
    match value {
        Json::Number(number) => Json::from(number.as_f64()),
        Json::Array(elements) => elements.iter().map(as_sent).collect(),
        Json::Object(members) => members.iter().map(|(name, value)| (name.clone(), as_sent(value))).collect(),
        other => other.clone(),
    }
}
