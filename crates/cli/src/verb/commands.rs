//! `qga commands` and `qga schema`.

use super::show::show;
use crate::args::Common;
use crate::catalogue;
use crate::failure::Usage;
use crate::output;
use crate::table::{Table, or_dash};
use anyhow::Context;
use qga_client::Client;
use qga_wire::Declaration;
use qga_wire::family::system::{AgentInfo, Info};
use qga_wire::json::{Parser, Value};
use qga_wire::list::COMMANDS;
use std::io::Write;

/// All declarations, for programs; made from the same source as everything else here.
const SCHEMA: &str = include_str!("../../../../docs/schema.json");

#[derive(Debug, clap::Args)]
#[command(after_help = "Without a guest it shows all commands that this program knows.")]
pub(crate) struct Args {
    /// The command to show, all when absent
    name: Option<String>,
}

pub(crate) fn commands(common: &Common) -> anyhow::Result<()> {
    show(common, &Info {}, table)
}

pub(crate) fn schema(common: &Common, args: &Args) -> anyhow::Result<()> {
    let offered = if common.names_a_guest() { Some(offered(&mut common.connect()?)?) } else { None };
    let is_wanted = |name: &str| {
        args.name.as_deref().is_none_or(|wanted| wanted == name)
            && offered.as_ref().is_none_or(|offered| offered.iter().any(|one| one == name))
    };
    let known: Vec<&Declaration> = COMMANDS.iter().copied().filter(|one| is_wanted(one.name)).collect();
    if let (Some(name), true) = (&args.name, known.is_empty()) {
        return Err(
            Usage(format!("there is no command {name} here; qga commands lists those of a guest")).into()
        );
    }
    if common.json() {
        return output::json(&schema_of(is_wanted)?);
    }
    let pages: Vec<_> = known.into_iter().map(catalogue::page).collect();
    Ok(write!(output::text(), "{}", pages.join("\n\n"))?)
}

fn offered(client: &mut Client) -> anyhow::Result<Vec<String>> {
    let info = client.call(&Info {})?;
    Ok(info.supported_commands.into_iter().map(|command| command.name).collect())
}

fn table(info: &AgentInfo) -> Table {
    let mut table = Table::new(&["COMMAND", "ALLOWED", "?SINCE", "?EFFECT", "WHAT IT DOES"]);
    let mut commands: Vec<_> = info.supported_commands.iter().collect();
    commands.sort_by_key(|command| &command.name);
    for command in commands {
        let known = catalogue::declaration(&command.name);
        let allowed = if command.enabled { "yes" } else { "no" };
        table.row([
            command.name.clone(),
            allowed.to_owned(),
            or_dash(known.map(|known| known.since)),
            or_dash(known.map(|known| catalogue::effect(known.effect))),
            or_dash(known.map(catalogue::summary)),
        ]);
    }
    table
}

/// The part of the schema that is wanted.
fn schema_of(is_wanted: impl Fn(&str) -> bool) -> anyhow::Result<Value> {
    let mut parser = Parser::new();
    parser.feed(SCHEMA.as_bytes());
    let schema = parser.next().transpose()?.map(Value::from).context("the schema is cut short")?;
    let Value::Object(members) = schema else { return Ok(schema) };
    let is_named = |value: &Value| match value {
        Value::Object(parts) => parts
            .iter()
            .any(|(key, name)| key == "name" && matches!(name, Value::String(name) if is_wanted(name))),
        _ => false,
    };
    let filtered = members.into_iter().map(|(name, value)| match value {
        Value::Array(commands) => {
            (name, Value::Array(commands.into_iter().filter(|one| is_named(one)).collect()))
        }
        value => (name, value),
    });
    Ok(Value::Object(filtered.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_for_programs_has_what_is_wanted() {
        let commands = |value: Value| match value {
            Value::Object(members) => match members.into_iter().next() {
                Some((name, Value::Array(commands))) if name == "commands" => commands.len(),
                _ => 0,
            },
            _ => 0,
        };
        assert_eq!(commands(schema_of(|_| true).unwrap()), COMMANDS.len());
        assert_eq!(commands(schema_of(|name| name == "guest-ping").unwrap()), 1);
    }
}
