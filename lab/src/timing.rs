//! How long things take, for people who look after the lab.

use crate::store;
use anyhow::Result;
use std::{fs::OpenOptions, io::Write, time::Duration};

/// Adds a line to the file `timings` in the lab's directory.
pub(crate) fn record(layout: &str, what: &str, time: Duration) -> Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(store::directory()?.join("timings"))?;
    file.write_all(format!("{layout} {what} {:.2} s\n", time.as_secs_f64()).as_bytes())?;
    Ok(())
}
