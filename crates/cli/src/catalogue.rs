//! What commands there are, in words: from their declarations and from what an agent says of itself.

use crate::terminal::Escaped;
use qga_wire::list::COMMANDS;
use qga_wire::schema::{Choice, Enum, Member, Object, Type};
use qga_wire::{Declaration, Effect};
use std::collections::BTreeMap;

/// What this program knows of the command.
pub(crate) fn declaration(name: &str) -> Option<&'static Declaration> {
    COMMANDS.iter().copied().find(|declaration| declaration.name == name)
}

/// The first sentence of what a command does.
pub(crate) fn summary(declaration: &Declaration) -> String {
    let flat = declaration.doc.replace('\n', " ");
    flat.split_once(". ").map_or_else(|| flat.trim_end_matches('.').to_owned(), |(first, _)| first.to_owned())
}

pub(crate) fn effect(effect: Effect) -> String {
    format!("{effect:?}").to_lowercase()
}

/// All about a command: what it does, what it takes and what it answers, with the types that occur.
pub(crate) fn page(declaration: &Declaration) -> String {
    let mut types = BTreeMap::new();
    let mut text =
        format!("{} (since {}, {})\n\n", declaration.name, declaration.since, effect(declaration.effect));
    paragraph(&mut text, declaration.doc);
    if !declaration.arguments.members.is_empty() {
        text.push_str("\nTakes:\n");
        members(&mut text, declaration.arguments.members, &mut types);
    }
    let returns =
        if declaration.silent { "nothing when it succeeds".to_owned() } else { spelled(declaration.returns) };
    push_line(&mut text, &format!("\nAnswers: {returns}"));
    collect(declaration.returns, &mut types);
    while let Some((name, named)) = types.iter().find_map(|(name, named)| Some((*name, (*named)?))) {
        types.insert(name, None);
        push_line(&mut text, &format!("\n{name}:"));
        describe(&mut text, named, &mut types);
    }
    text
}

/// Types by name; those that are described already have nothing left.
type Types = BTreeMap<&'static str, Option<Named>>;

#[derive(Clone, Copy)]
enum Named {
    Object(&'static Object),
    Enum(&'static Enum),
    Choice(&'static Choice),
}

fn describe(text: &mut String, named: Named, types: &mut Types) {
    match named {
        Named::Object(object) => members(text, object.members, types),
        Named::Enum(words) => words.values.iter().for_each(|word| entry(text, word.name, "", word.doc)),
        Named::Choice(choice) => {
            for (word, kind) in choice.branches {
                entry(text, word, &spelled(*kind), "");
                collect(*kind, types);
            }
        }
    }
}

fn members(text: &mut String, members: &[Member], types: &mut Types) {
    for member in members {
        let mark = if member.optional { "?" } else { "" };
        entry(text, &format!("{}{mark}", member.name), &spelled(member.kind), member.doc);
        collect(member.kind, types);
    }
}

fn entry(text: &mut String, name: &str, kind: &str, doc: &str) {
    push_line(text, format!("  {name:<18} {kind:<16} {}", doc.replace('\n', " ")).trim_end());
}

fn paragraph(text: &mut String, doc: &str) {
    doc.lines().for_each(|line| push_line(text, line));
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// A type as people call it.
fn spelled(kind: Type) -> String {
    match kind {
        Type::Int | Type::Uint => "number".to_owned(),
        Type::Number => "decimal number".to_owned(),
        Type::Bool => "true or false".to_owned(),
        Type::String => "text".to_owned(),
        Type::Base64 => "base64".to_owned(),
        Type::Any => "anything".to_owned(),
        Type::Empty => "{}".to_owned(),
        Type::List(element) => format!("list of {}", spelled(*element)),
        Type::Object(Object { name, .. })
        | Type::Enum(Enum { name, .. })
        | Type::Choice(Choice { name, .. }) => (*name).to_owned(),
    }
}

fn collect(kind: Type, types: &mut Types) {
    match kind {
        Type::List(element) => collect(*element, types),
        Type::Object(object) => drop(types.entry(object.name).or_insert(Some(Named::Object(object)))),
        Type::Enum(words) => drop(types.entry(words.name).or_insert(Some(Named::Enum(words)))),
        Type::Choice(choice) => drop(types.entry(choice.name).or_insert(Some(Named::Choice(choice)))),
        _ => {}
    }
}

/// What to say of a command that only the agent knows.
pub(crate) fn unknown(name: &str) -> String {
    format!("{} is a command that this program does not know.\n", Escaped(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_the_arguments_the_answer_and_their_types_once() {
        let text = page(declaration("guest-file-seek").unwrap());
        for part in [
            "guest-file-seek (since 0.15.0, file)\n\n",
            "\nTakes:\n  handle ",
            "\n  whence             FileWhence ",
            "\nAnswers: FilePosition\n",
            "\nFileWhence:\n  code               number\n",
            "\nWhence:\n  set ",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert_eq!(text.matches("\nWhence:").count(), 1);
        assert!(page(declaration("guest-shutdown").unwrap()).contains("Answers: nothing when it succeeds"));
    }

    #[test]
    fn every_command_has_a_summary_and_a_page() {
        for declaration in COMMANDS {
            assert!(!summary(declaration).is_empty() && !summary(declaration).contains('\n'));
            assert!(page(declaration).starts_with(declaration.name));
        }
    }
}
