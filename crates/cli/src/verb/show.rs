//! What all verbs have in common that ask one question and show the answer.

use crate::args::Common;
use crate::layout::Layout;
use crate::output;
use qga_wire::Command;

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
