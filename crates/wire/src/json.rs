//! The reference agent's dialect of JSON (compat.md A.2 to A.4).

mod value;
mod writer;

pub use value::Value;
pub use writer::{WriteError, write};
