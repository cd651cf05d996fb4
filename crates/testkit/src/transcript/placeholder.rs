//! `@NAME@` in recorded bytes stands for what varies from run to run.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::Value;

/// What to remember of answers: by name, the path that leads to each value.
pub type Captures = BTreeMap<String, Vec<Value>>;

/// Values by name; `SCRATCH` is always among them.
#[derive(Debug, Clone)]
pub struct Placeholders(BTreeMap<String, String>);

impl Placeholders {
    /// Those that are known from the start.
    pub fn new(scratch: &str) -> Placeholders {
        Placeholders(BTreeMap::from([("SCRATCH".to_owned(), scratch.to_owned())]))
    }

    /// Remembers a captured value.
    pub fn set(&mut self, name: &str, value: &Value) {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        self.0.insert(name.to_owned(), text);
    }

    /// Remembers what is to be captured of a list of answers.
    pub fn capture(&mut self, captures: &Captures, answers: &Value) -> Result<()> {
        for (name, path) in captures {
            let value = path.iter().try_fold(answers, |value, step| match step {
                Value::String(member) => value.get(member),
                step => value.get(usize::try_from(step.as_u64()?).ok()?),
            });
            self.set(name, value.with_context(|| format!("no value for {name}"))?);
        }
        Ok(())
    }

    /// The bytes with each placeholder replaced.
    pub fn fill_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        self.0.iter().fold(bytes.to_vec(), |filled, (name, value)| {
            replace(&filled, format!("@{name}@").as_bytes(), value.as_bytes())
        })
    }

    /// The text with each placeholder replaced.
    pub fn fill_text(&self, text: &str) -> String {
        self.0
            .iter()
            .fold(text.to_owned(), |filled, (name, value)| filled.replace(&format!("@{name}@"), value))
    }

    /// A JSON value with each placeholder in its strings replaced.
    pub fn fill_value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.fill_text(text)),
            Value::Array(list) => list.iter().map(|element| self.fill_value(element)).collect(),
            Value::Object(members) => {
                members.iter().map(|(name, member)| (name.clone(), self.fill_value(member))).collect()
            }
            other => other.clone(),
        }
    }
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, tail)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(from) {
            replaced.extend_from_slice(to);
            rest = after;
        } else {
            replaced.push(*first);
            rest = tail;
        }
    }
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_replaced_wherever_they_stand() {
        let mut placeholders = Placeholders::new("/tmp/x");
        placeholders.set("P1", &Value::from(17));

        let filled = placeholders.fill_bytes(b"\xff{\"pid\": @P1@, \"a\": \"@SCRATCH@/f\", \"b\": \"@P2@\"}");

        assert_eq!(filled, b"\xff{\"pid\": 17, \"a\": \"/tmp/x/f\", \"b\": \"@P2@\"}");
    }
}
