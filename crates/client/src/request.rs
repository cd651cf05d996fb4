//! The line that asks.

use crate::error::Error;
use qga_wire::json;
use qga_wire::list::COMMANDS;
use serde::Serialize;

#[derive(Serialize)]
struct Request<'a, T> {
    execute: &'a str,
    arguments: Option<&'a T>,
}

/// The request for `command`, with the line feed that some channels want.
pub(crate) fn write(command: &str, arguments: Option<&impl Serialize>) -> Result<Vec<u8>, Error> {
    let mut line = Vec::new();
    json::write(&mut line, &Request { execute: command, arguments })
        .map_err(|error| Error::Unsendable { command: command.to_owned(), reason: error.to_string() })?;
    line.push(b'\n');
    Ok(line)
}

/// Whether the command of that name is answered only when it fails.
pub(crate) fn is_silent(name: &str) -> bool {
    COMMANDS.iter().any(|declaration| declaration.name == name && declaration.silent)
}
