//! The exchanges that the reference page shows, `tests/examples.toml`: the page, the black-box suite and the lab read
//! the same ones.

use crate::transcript::{
    Exchange, Session,
    placeholder::{Captures, Placeholders},
};
use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use qga_wire::{
    Declaration,
    list::COMMANDS,
    schema::{Member, Type},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{fs, path::Path};

/// Where the page's files are in the guest.
pub const SHOWN_DIRECTORY: &str = "/tmp";
/// Stands in front of an answer that byte 0xFF leads.
const MARK: &str = "@FF@";

/// A request and what an agent has answered.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// What readers should know of it.
    pub note: Option<String>,
    /// What is sent, with placeholders.
    pub request: String,
    /// The line that came back when it was recorded; of a request that is not answered there is none.
    pub answer: Option<String>,
    /// What QEMU tells instead of an answer.
    pub event: Option<String>,
    /// Whether another guest, or the same one at another time, answers other values of the same types.
    #[serde(default)]
    pub varies: bool,
    /// In which of the lab's guests it was recorded, and is asked.
    #[serde(default)]
    pub guest: Guest,
    /// Whether it is asked in a guest only, because it changes the system or not every system can answer.
    #[serde(default)]
    pub needs_guest: bool,
    /// Whether to ask again until a program has ended.
    #[serde(default)]
    pub poll: bool,
    /// Values of the answer that later requests name.
    #[serde(default)]
    pub capture: Captures,
}

/// A guest of the lab.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Guest {
    /// The one with a Debian system.
    #[default]
    Debian,
    /// The one with a network.
    Networked,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    example: Vec<Example>,
}

/// Reads the examples, in the order in which they are asked.
pub fn read(path: &Path) -> Result<Vec<Example>> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let file: File = toml::from_str(&text).with_context(|| format!("in {}", path.display()))?;
    Ok(file.example)
}

/// As a session that can be replayed.
pub fn session(examples: &[Example]) -> Result<Session> {
    let exchanges = examples.iter().map(Example::exchange).collect::<Result<Vec<_>>>()?;
    Ok(Session { name: "examples".to_owned(), exchanges })
}

impl Example {
    /// What is declared of the command that it asks for.
    pub fn command(&self) -> Result<&'static Declaration> {
        let name = self.request.split('"').nth(3).unwrap_or_default();
        let known = COMMANDS.iter().find(|command| command.name == name);
        known.copied().with_context(|| format!("no command in {}", self.request))
    }

    /// Whether the reference does not have the command: QAPI leaves names that begin so to others.
    pub fn is_of_our_own_command(&self) -> bool {
        self.request.contains("\"__")
    }

    /// The answer as recorded, as a value; one led by byte 0xFF becomes `{"@FF@": value}`.
    pub fn recorded(&self) -> Result<Option<Value>> {
        let Some(answer) = &self.answer else { return Ok(None) };
        let (text, is_marked) =
            answer.strip_prefix(MARK).map_or((answer.as_str(), false), |text| (text, true));
        let value: Value = serde_json::from_str(text).with_context(|| answer.clone())?;
        Ok(Some(if is_marked { json!({ MARK: value }) } else { value }))
    }

    /// The pattern that an answer must fit that only has to be as declared.
    pub fn declared(&self) -> Result<Value> {
        Ok(json!({ "return": pattern(self.command()?.returns) }))
    }

    /// The example in the form of recorded exchanges.
    pub fn exchange(&self) -> Result<Exchange> {
        let expected = match self.recorded()? {
            Some(_) if self.varies => vec![self.declared()?],
            recorded => recorded.into_iter().collect(),
        };
        let exchange = json!({
            "name": self.request,
            "send_b64": STANDARD.encode(format!("{}\n", self.request)),
            "expect_json": expected,
            "poll": self.poll,
            "capture": self.capture,
        });
        Ok(serde_json::from_value(exchange)?)
    }
}

/// Pairs of what was sent and the example, with each placeholder as it was when the answers were recorded.
pub fn shown(examples: &[Example]) -> Result<Vec<(String, &Example)>> {
    let mut placeholders = Placeholders::new(SHOWN_DIRECTORY);
    let mut shown = Vec::new();
    for example in examples {
        let request = placeholders.fill_text(&example.request);
        let answers: Value = example.recorded()?.into_iter().collect();
        placeholders.capture(&example.capture, &answers).with_context(|| example.request.clone())?;
        shown.push((request, example));
    }
    Ok(shown)
}

/// A declared type as a pattern.
fn pattern(kind: Type) -> Value {
    match kind {
        Type::Int => json!("@INT@"),
        Type::Uint => json!("@UINT@"),
        Type::Number => json!("@NUM@"),
        Type::Bool => json!("@BOOL@"),
        Type::String | Type::Base64 => json!("@STR@"),
        Type::Any | Type::Choice(_) => json!("@ANY@"),
        Type::Empty => json!({}),
        Type::List(element) => json!({ "@EACH@": pattern(*element) }),
        Type::Object(object) => object.members.iter().map(member).collect(),
        Type::Enum(words) => {
            let words: Vec<_> = words.values.iter().map(|word| word.name).collect();
            json!(format!("@RE:{}@", words.join("|")))
        }
    }
}

fn member(member: &Member) -> (String, Value) {
    let pattern = pattern(member.kind);
    (member.name.to_owned(), if member.optional { json!({ "@OPT@": pattern }) } else { pattern })
}
