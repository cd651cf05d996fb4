//! The description of what travels: read by the reference page, the schema dump and the client's completion.

use crate::audit::Logged;
use crate::json::Value as Json;

/// The type of a value on the wire.
#[derive(Debug, Clone, Copy)]
pub enum Type {
    /// A whole number within 64 bits, signed.
    Int,
    /// A whole number within 64 bits, not negative.
    Uint,
    /// Any number.
    Number,
    /// `true` or `false`.
    Bool,
    /// Text.
    String,
    /// Bytes, spelled in base64.
    Base64,
    /// Any JSON value.
    Any,
    /// The empty object.
    Empty,
    /// A list of one type.
    List(&'static Type),
    /// An object with named members.
    Object(&'static Object),
    /// One word of a list.
    Enum(&'static Enum),
    /// One type of several.
    Choice(&'static Choice),
}

/// An object, its members in the order in which they are checked and sent.
#[derive(Debug)]
pub struct Object {
    /// The type's name.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// What it consists of.
    pub members: &'static [Member],
}

/// A member of an object.
#[derive(Debug)]
pub struct Member {
    /// The name as sent.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// Its type.
    pub kind: Type,
    /// Whether it may be left out.
    pub optional: bool,
    /// How much of it an audit record tells; of an argument, as no others are told.
    pub logged: Logged,
}

/// A closed list of words.
#[derive(Debug)]
pub struct Enum {
    /// The type's name.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// The words.
    pub values: &'static [Value],
}

/// A word of an [`Enum`].
#[derive(Debug)]
pub struct Value {
    /// The word as sent.
    pub name: &'static str,
    /// What it means; may be empty where the word says it.
    pub doc: &'static str,
}

/// One type of several, told apart by the member `tag`, or without one by the value itself.
#[derive(Debug)]
pub struct Choice {
    /// The type's name.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// The member that tells the branches apart, which then stand beside it.
    pub tag: Option<&'static str>,
    /// The word of the tag, and the type that goes with it.
    pub branches: &'static [(&'static str, Type)],
}

/// A Rust type that has a place on the wire.
pub trait Schema {
    /// How it looks there.
    const TYPE: Type;
    /// Whether a member of this type may be left out.
    const OPTIONAL: bool = false;
}

impl<T: Schema> Schema for Option<T> {
    const TYPE: Type = T::TYPE;
    const OPTIONAL: bool = true;
}

impl<T: Schema> Schema for Vec<T> {
    const TYPE: Type = Type::List(&T::TYPE);
}

macro_rules! plain {
    ($($kind:ty => $name:ident),* $(,)?) => {
        $(impl Schema for $kind { const TYPE: Type = Type::$name; })*
    };
}

plain! {
    i64 => Int,
    i32 => Int,
    u64 => Uint,
    u32 => Uint,
    f64 => Number,
    bool => Bool,
    String => String,
    crate::Base64 => Base64,
    crate::Empty => Empty,
    Json => Any,
}
