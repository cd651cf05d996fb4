//! Ways to ask and to show that several verbs have in common.

use crate::args::Common;
use crate::layout::Layout;
use crate::output;
use qga_client::{Client, Error};
use qga_wire::json::Value;
use qga_wire::{Command, Empty};

/// Asks, and shows the answer as `text` has it; for programs, as it came.
pub(crate) fn show<C: Command, T: Layout>(
    common: &Common,
    question: &C,
    text: impl FnOnce(&C::Returns) -> T,
) -> anyhow::Result<()> {
    let mut client = common.connect()?;
    if common.json() {
        return output::json(&client.call_raw(C::NAME, None)?);
    }
    output::laid_out(&text(&client.call(question)?))
}

/// Says that something is done; to programs, as agents do.
pub(crate) fn done(common: &Common, text: &str) -> anyhow::Result<()> {
    if common.json() {
        return output::json(&Empty {});
    }
    output::remark(text);
    Ok(())
}

/// The answers of several commands as they came, by their names; the first that fails is the last that is asked.
pub(crate) fn answers<const N: usize>(client: &mut Client, names: [&str; N]) -> Result<Value, Error> {
    let answers = names.into_iter().map(|name| Ok((name.to_owned(), client.call_raw(name, None)?)));
    answers.collect::<Result<_, _>>().map(Value::Object)
}

/// The answer, unless the agent lacks the command, refuses it or fails.
pub(crate) fn if_allowed<C: Command>(client: &mut Client, question: &C) -> Result<Option<C::Returns>, Error> {
    match client.call(question) {
        Err(Error::Agent { .. }) => Ok(None),
        answer => answer.map(Some),
    }
}
