//! `qga ping`.

use crate::args::Common;
use crate::output;
use crate::terminal::Escaped;
use qga_wire::family::sync::Ping;
use serde::Serialize;
use std::io::Write;
use std::time::Instant;

#[derive(Serialize)]
struct Answered<'a> {
    address: &'a str,
    milliseconds: f64,
}

pub(crate) fn run(common: &Common) -> anyhow::Result<()> {
    let mut client = common.connect()?;
    let start = Instant::now();
    client.call(&Ping {})?;
    let milliseconds = start.elapsed().as_secs_f64() * 1000.0;
    let address = client.address();
    if common.json() {
        return output::json(&Answered { address, milliseconds });
    }
    writeln!(output::text(), "The agent at {} answers in {milliseconds:.2} ms.", Escaped(address))?;
    Ok(())
}
