//! The reference agent's dialect of JSON (compat.md A.2 to A.4).
//!
//! Reading, in the order to read: [`Parser`] takes bytes as they arrive and hands out a [`Node`] for each
//! complete value, or a [`SyntaxError`]. Inside, `lexer` cuts bytes into tokens and finds its way back after
//! garbage, `grammar` puts tokens on a flat tape and swallows what follows an error, `limit` counts, `keys` finds
//! repeated names, `text` knows what may stand between quotes, and `lossy` what becomes of bytes that are no text.

mod error;
mod grammar;
mod keys;
mod lexer;
mod limit;
mod lossy;
mod node;
mod parser;
mod text;
mod value;
mod writer;

pub use error::{Position, Problem, SyntaxError};
pub use limit::Limit;
pub use node::{Elements, Kind, Members, Node};
pub use parser::Parser;
pub use value::Value;
pub use writer::{Line, Outlet, WriteError, write, write_line};
