//! The exchanges that the reference page shows, but for those that a guest is needed for.

use anyhow::{Result, ensure};
use qga_testkit::{
    example::{self, Example},
    program,
    transcript::{pattern, replay},
};
use qga_tests::file;
use qga_wire::list::COMMANDS;
use serde_json::Value;

fn examples() -> Result<Vec<Example>> {
    example::read(&file("examples.toml"))
}

#[test]
fn the_exchanges_of_the_reference_page_are_answered_as_it_shows() -> Result<()> {
    let mut examples = examples()?;
    examples.retain(|example| !example.needs_guest);
    examples.retain(|example| !(program::reference_is_under_test() && example.is_of_our_own_command()));
    replay::replay(&example::session(&examples)?, &[])
}

#[test]
fn each_command_has_an_exchange() -> Result<()> {
    let examples = examples()?;
    let shown = examples.iter().map(|example| Ok(example.command()?.name)).collect::<Result<Vec<_>>>()?;
    for command in COMMANDS {
        ensure!(shown.contains(&command.name), "{} has no exchange in tests/examples.toml", command.name);
    }
    Ok(())
}

#[test]
fn answers_that_vary_were_recorded_as_their_commands_declare_them() -> Result<()> {
    for example in examples()?.iter().filter(|example| example.varies) {
        pattern::fits(&example.declared()?, &example.recorded()?.unwrap_or(Value::Null))?;
    }
    Ok(())
}
