//! The lists of what our agent answers in another way than the reference, on purpose.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::transcript::{answer::Expected, placeholder::Placeholders};

/// One deliberate difference.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// The name of an exchange; a final `*` stands for any ending.
    pub exchange: String,
    /// The lines that ours answers instead; `@FF@` in front of one stands for byte 0xFF.
    #[serde(default)]
    pub answer: Vec<String>,
    /// What the shell command of an exchange that only looks at the guest prints instead.
    pub prints: Option<String>,
    /// Why ours is better, in a sentence.
    pub reason: String,
}

/// One value in the answer to a question that the reference answers otherwise in the same system.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValueDifference {
    /// The command, and the names that lead to the value, with `/` between; `*` is any element of a list.
    pub path: String,
    /// What the reference answers, as JSON.
    pub reference: String,
    /// What ours answers instead, as JSON.
    pub ours: String,
    /// Why ours is better, in a sentence.
    pub reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    difference: Vec<Difference>,
    value: Vec<ValueDifference>,
}

/// Reads the list of exchanges.
pub fn read(path: &Path) -> Result<Vec<Difference>> {
    Ok(table(path)?.difference)
}

/// Reads the list of values.
pub fn read_values(path: &Path) -> Result<Vec<ValueDifference>> {
    Ok(table(path)?.value)
}

fn table(path: &Path) -> Result<Table> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("in {}", path.display()))
}

impl Difference {
    /// Whether it is about this exchange.
    pub fn covers(&self, exchange: &str) -> bool {
        match self.exchange.strip_suffix('*') {
            Some(start) => exchange.starts_with(start),
            None => exchange == self.exchange,
        }
    }

    /// What ours answers instead, with placeholders replaced.
    pub fn expected(&self, placeholders: &Placeholders) -> Expected {
        let lines = self.answer.iter().flat_map(|line| {
            let (mark, text): (&[u8], _) = match line.strip_prefix("@FF@") {
                Some(text) => (b"\xff", text),
                None => (b"", line.as_str()),
            };
            [mark, placeholders.fill_text(text).as_bytes(), b"\n"].concat()
        });
        Expected::Bytes(lines.collect())
    }
}
