//! `qga info`.

use crate::args::Common;
use crate::output;
use crate::overview;

pub(crate) fn run(common: &Common) -> anyhow::Result<()> {
    let mut client = common.connect()?;
    if common.json() {
        return output::json(&overview::answers(&mut client)?);
    }
    output::laid_out(&overview::rows(&mut client)?)
}
