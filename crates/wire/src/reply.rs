//! The lines that answer (compat.md A.2).

use crate::json::{Line, Value, WriteError, write, write_line};
use serde::Serialize;

/// What leads the answer to guest-sync-delimited: a byte that no JSON text holds.
pub const SENTINEL: u8 = 0xFF;

/// The class of an error, which clients decide by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Class {
    /// The command failed, or what was sent is no request.
    GenericError,
    /// The command does not exist, or is not allowed.
    CommandNotFound,
}

/// An error as sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// What clients decide by.
    pub class: Class,
    /// The sentence for people.
    pub desc: String,
}

#[derive(Serialize)]
struct Success<'a, T> {
    r#return: &'a T,
    id: Option<&'a Value>,
}

#[derive(Serialize)]
struct Refusal<'a> {
    id: Option<&'a Value>,
    error: &'a Failure,
}

/// Appends the line that answers with `value`, after what leads it. On an error `line` is as it was.
pub fn success(
    line: &mut Line<'_>,
    lead: &[u8],
    value: &impl Serialize,
    id: Option<&Value>,
) -> Result<(), WriteError> {
    // Nothing may go of an answer that cannot be written to its end, where the id is.
    if let Some(id) = id.filter(|id| !id.is_finite()) {
        return write(&mut Vec::new(), id);
    }
    let start = line.bytes.len();
    line.bytes.extend_from_slice(lead);
    write_line(line, &Success { r#return: value, id }).inspect_err(|_| line.bytes.truncate(start))?;
    line.bytes.push(b'\n');
    Ok(())
}

/// Appends the line that tells an error.
pub fn failure(line: &mut Vec<u8>, failure: &Failure, id: Option<&Value>) {
    let told = write(line, &Refusal { id, error: failure });
    if told.is_err() {
        // Only the id can refuse to be written: a number that is none.
        let anonymous = write(line, &Refusal { id: None, error: failure });
        debug_assert!(anonymous.is_ok(), "an error is two strings");
    }
    line.push(b'\n');
}
