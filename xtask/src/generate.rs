//! Generated files. From the declarations of the commands come the reference page and the schema dump, from the
//! client's command line its man pages and completions, from the agent's options its man pages and the example of
//! its configuration, from its units the packaged one, from these and the table of differences parts of the book's
//! chapters.

mod agent;
mod chapter;
mod client;
mod differences;
mod exchange;

use crate::coverage;
use anyhow::{Context, Result};
use qga_wire::list::COMMANDS;
use qga_wire::schema::{Choice, Enum, Member, Object, Type};
use qga_wire::{Declaration, Effect};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

type Make = fn() -> Result<String>;

/// The generated files and what makes them.
const FILES: [(&str, Make); 3] =
    [("docs/reference.md", reference), ("docs/schema.json", schema), ("lab/COVERAGE.md", coverage::table)];

/// Writes the generated files.
pub(crate) fn write() -> Result<()> {
    for (path, text) in files()? {
        let place = place(&path);
        place
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .with_context(|| format!("no directory for {path}"))?;
        fs::write(place, text).with_context(|| format!("cannot write {path}"))?;
    }
    Ok(())
}

/// All of them, by their paths.
fn files() -> Result<Vec<(String, String)>> {
    let mut files = client::files()?;
    files.extend(agent::files()?);
    files.extend(chapter::files()?);
    for (path, make) in FILES {
        files.push((path.to_owned(), make()?));
    }
    Ok(files)
}

fn place(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// A type with a name of its own, as it stands in the second part of the page.
enum Named {
    Object(&'static Object),
    Enum(&'static Enum),
    Choice(&'static Choice),
}

fn reference() -> Result<String> {
    let mut page = String::from(
        "# Commands\n\nMade from the declarations in `crates/wire/src/family` by `cargo xtask generate`. A `?` marks a \
         member that may be left out.\n\n`→` is what a host sends, `←` what it gets, on one line there. The exchanges \
         were recorded in guests\n(`tests/examples.toml`), most of them with Debian; tests ask them again, those that \
         change nothing of the reference agent, too.\n",
    );
    let mut types = BTreeMap::new();
    for command in COMMANDS {
        describe(&mut page, command)?;
        collect(command.returns, &mut types);
        command.arguments.members.iter().for_each(|member| collect(member.kind, &mut types));
    }
    page.push_str("\n# Types\n");
    for named in types.values() {
        describe_type(&mut page, named)?;
    }
    Ok(page)
}

fn describe(page: &mut String, command: &Declaration) -> Result<()> {
    write!(page, "\n## {}\n\n{}\n\n", command.name, command.doc)?;
    let frozen = if command.while_frozen { ", also while frozen" } else { "" };
    let effect = effect(command.effect);
    writeln!(page, "Since {}; effect `{effect}`{frozen}.\n", command.since)?;
    members(page, command.arguments.members)?;
    let answer =
        if command.silent { "nothing when it succeeds".to_owned() } else { spelled(command.returns) };
    writeln!(page, "Answers: {answer}.")?;
    page.push_str(&exchange::of(command.name)?);
    Ok(())
}

fn describe_type(page: &mut String, named: &Named) -> Result<()> {
    match named {
        Named::Object(object) => {
            write!(page, "\n## {}\n\n{}\n\n", object.name, object.doc)?;
            members(page, object.members)?;
        }
        Named::Enum(words) => {
            write!(page, "\n## {}\n\n{}\n\n", words.name, words.doc)?;
            for word in words.values {
                writeln!(page, "- `{}` {}", word.name, flat(word.doc))?;
            }
        }
        Named::Choice(choice) => {
            write!(page, "\n## {}\n\n{}\n\n", choice.name, choice.doc)?;
            for (word, kind) in choice.branches {
                let tag = choice.tag.map(|tag| format!("`{tag}` is `{word}`: ")).unwrap_or_default();
                writeln!(page, "- {tag}{}", spelled(*kind))?;
            }
        }
    }
    Ok(())
}

fn members(page: &mut String, members: &[Member]) -> Result<()> {
    if members.is_empty() {
        return Ok(());
    }
    page.push_str("| member | type | |\n|---|---|---|\n");
    for member in members {
        let mark = if member.optional { "?" } else { "" };
        writeln!(page, "| `{}`{mark} | {} | {} |", member.name, spelled(member.kind), flat(member.doc))?;
    }
    page.push('\n');
    Ok(())
}

fn flat(doc: &str) -> String {
    doc.replace('\n', " ").replace('|', "\\|")
}

fn effect(effect: Effect) -> String {
    format!("{effect:?}").to_lowercase()
}

/// A type as the page calls it.
fn spelled(kind: Type) -> String {
    match kind {
        Type::Int => "integer".to_owned(),
        Type::Uint => "unsigned integer".to_owned(),
        Type::Number => "number".to_owned(),
        Type::Bool => "boolean".to_owned(),
        Type::String => "string".to_owned(),
        Type::Base64 => "string (base64)".to_owned(),
        Type::Any => "any value".to_owned(),
        Type::Empty => "`{}`".to_owned(),
        Type::List(element) => format!("list of {}", spelled(*element)),
        Type::Object(Object { name, .. })
        | Type::Enum(Enum { name, .. })
        | Type::Choice(Choice { name, .. }) => {
            format!("[{name}](#{})", name.to_lowercase())
        }
    }
}

/// A type where there are no links.
fn spelled_plainly(kind: Type) -> String {
    let spelled = spelled(kind);
    let name = spelled.split_once("](").map_or(spelled.as_str(), |(name, _)| name);
    name.replace(['[', '`'], "")
}

/// Notes the named types below `kind`.
fn collect(kind: Type, types: &mut BTreeMap<&'static str, Named>) {
    match kind {
        Type::List(element) => collect(*element, types),
        Type::Object(object) if types.insert(object.name, Named::Object(object)).is_none() => {
            object.members.iter().for_each(|member| collect(member.kind, types));
        }
        Type::Enum(words) => drop(types.insert(words.name, Named::Enum(words))),
        Type::Choice(choice) if types.insert(choice.name, Named::Choice(choice)).is_none() => {
            choice.branches.iter().for_each(|(_, kind)| collect(*kind, types));
        }
        _ => {}
    }
}

fn schema() -> Result<String> {
    let commands: Vec<Value> = COMMANDS.iter().map(|command| dump(command)).collect();
    Ok(serde_json::to_string_pretty(&json!({ "commands": commands }))? + "\n")
}

fn dump(command: &Declaration) -> Value {
    json!({
        "name": command.name,
        "since": command.since,
        "effect": effect(command.effect),
        "while-frozen": command.while_frozen,
        "success-response": !command.silent,
        "arguments": dump_members(command.arguments.members),
        "returns": dump_type(command.returns),
    })
}

fn dump_members(members: &[Member]) -> Vec<Value> {
    let dump = |member: &Member| json!({ "name": member.name, "type": dump_type(member.kind), "optional": member.optional });
    members.iter().map(dump).collect()
}

fn dump_type(kind: Type) -> Value {
    match kind {
        Type::Int => json!("int"),
        Type::Uint => json!("uint"),
        Type::Number => json!("number"),
        Type::Bool => json!("bool"),
        Type::String => json!("str"),
        Type::Base64 => json!("base64"),
        Type::Any => json!("any"),
        Type::Empty => json!({}),
        Type::List(element) => json!([dump_type(*element)]),
        Type::Object(object) => json!({ "object": object.name, "members": dump_members(object.members) }),
        Type::Enum(words) => {
            json!({ "enum": words.name, "values": words.values.iter().map(|word| word.name).collect::<Vec<_>>() })
        }
        Type::Choice(choice) => {
            let branches = choice.branches.iter().map(|(word, kind)| (*word, dump_type(*kind)));
            json!({ "choice": choice.name, "tag": choice.tag, "branches": branches.collect::<BTreeMap<_, _>>() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_files_are_fresh() {
        for (path, text) in files().unwrap() {
            let committed = fs::read_to_string(place(&path)).unwrap_or_default();
            assert!(committed == text, "{path} is stale: run `cargo xtask generate`");
        }
    }

    #[test]
    fn each_command_is_on_the_page_with_its_types() {
        let page = reference().unwrap();
        for command in COMMANDS {
            assert!(page.contains(&format!("\n## {}\n", command.name)), "{}", command.name);
        }
        assert!(page.contains("| `mode`? | string |"));
        assert!(page.contains("\n## AgentInfo\n"));
    }
}
