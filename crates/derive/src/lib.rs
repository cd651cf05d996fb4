//! The two derives that let a command be declared once.
//!
//! `Schema` describes a type of the wire to the reference page, the schema dump and the client; `Command`
//! adds what makes an arguments object a command: its name, its reply and its effect.
//! Both read the doc comments and serde's renames, so neither is ever said twice.

mod command;
mod names;
mod schema;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Describes a type of the wire: an object (struct with named members), an enumeration (only unit
/// variants), or an alternate (`#[serde(untagged)]` enum of one-field variants).
#[proc_macro_derive(Schema)]
pub fn derive_schema(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    schema::expand(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Declares a command: `#[command(name = "guest-x", since = "1.0", returns = T, effect = Read)]`.
///
/// `returns` is `Empty` when left out; the flags `while_frozen` and `silent` mark a command that works
/// while filesystems are frozen, and one that answers nothing when it succeeds; `passive` one that changes
/// nothing, in a family that does. Of an argument an audit record tells the size; `#[command(logged)]` has it
/// tell all of it, `#[command(logged = "names")]` of each `NAME=VALUE` the name.
#[proc_macro_derive(Command, attributes(command))]
pub fn derive_command(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    command::expand(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}
