//! `qga info`.

use crate::args::Common;
use crate::output;
use crate::overview;
use std::io::Write;

pub(crate) fn run(common: &Common) -> anyhow::Result<()> {
    let mut client = common.connect()?;
    if common.json() {
        return output::json(&overview::answers(&mut client)?);
    }
    let overview = overview::text(&mut client)?;
    Ok(write!(output::text(), "{overview}")?)
}
