//! Answers of the right type that no honest guest gives: they pass every check of form, so their texts and numbers
//! reach what is shown.

use qga_wire::list::COMMANDS;
use qga_wire::schema::{Choice, Object, Type};

/// What a liar puts in the place of each plain value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Liar {
    /// As it stands in JSON, with its quotes.
    pub(crate) text: &'static str,
    /// In base64, with its quotes.
    pub(crate) bytes: &'static str,
    pub(crate) int: i64,
    pub(crate) uint: u64,
    pub(crate) number: &'static str,
    pub(crate) flag: bool,
}

impl Liar {
    /// What it answers to a command.
    pub(crate) fn answer(&self, command: &str) -> String {
        let declaration = COMMANDS.iter().find(|declaration| declaration.name == command);
        if command == "guest-info" {
            return format!("{{\"return\": {}}}\n", self.offer());
        }
        let value = declaration.map_or("{}".to_owned(), |declaration| self.value(declaration.returns));
        format!("{{\"return\": {value}}}\n")
    }

    /// It has every command there is, so that every question is asked.
    fn offer(&self) -> String {
        let entry =
            |name: &str| format!("{{\"name\": {name}, \"enabled\": true, \"success-response\": true}}");
        let names = COMMANDS.iter().map(|command| format!("\"{}\"", command.name));
        let entries: Vec<_> = names.chain([self.text.to_owned()]).map(|name| entry(&name)).collect();
        format!("{{\"version\": {}, \"supported_commands\": [{}]}}", self.text, entries.join(", "))
    }

    fn value(&self, kind: Type) -> String {
        match kind {
            Type::Int => self.int.to_string(),
            Type::Uint => self.uint.to_string(),
            Type::Number => self.number.to_owned(),
            Type::Bool => self.flag.to_string(),
            Type::String => self.text.to_owned(),
            Type::Base64 => self.bytes.to_owned(),
            Type::Any | Type::Empty => "{}".to_owned(),
            Type::List(element) => format!("[{0}, {0}]", self.value(*element)),
            Type::Object(object) => format!("{{{}}}", self.members(object).join(", ")),
            Type::Enum(words) => format!("\"{}\"", words.values[0].name),
            Type::Choice(choice) => self.choice(choice),
        }
    }

    fn members(&self, object: &Object) -> Vec<String> {
        let member = |name: &str, kind| format!("\"{name}\": {}", self.value(kind));
        object.members.iter().map(|one| member(one.name, one.kind)).collect()
    }

    fn choice(&self, choice: &Choice) -> String {
        let (word, kind) = choice.branches[0];
        match (choice.tag, kind) {
            (Some(tag), Type::Object(object)) => {
                let mut members = vec![format!("\"{tag}\": \"{word}\"")];
                members.extend(self.members(object));
                format!("{{{}}}", members.join(", "))
            }
            (_, kind) => self.value(kind),
        }
    }
}
