//! Turning what was read into types, with the argument errors of the reference (compat.md A.5).
//!
//! Members are visited in the order in which the type declares them, whatever order they were sent in, and a
//! missing one is met at its place: the first problem in that order is the one that is told. Unexpected
//! members come last.

mod access;
mod error;

pub use error::ArgumentError;

use crate::json::{Kind, Node};
use access::{Enumerated, List, Map, Members};
use error::Path;
use serde::de::{self, DeserializeOwned, Visitor};

/// The arguments of a request: members that the type does not know are errors. `None` stands for `{}`.
pub fn arguments<T: DeserializeOwned>(node: Option<Node<'_>>) -> Result<T, ArgumentError> {
    T::deserialize(Decoder { place: Place::of(node), unknown: Unknown::Refused, path: Path::default() })
}

/// A value that an agent sent: members that the type does not know are skipped, as a newer agent may have them.
pub fn lenient<T: DeserializeOwned>(node: Node<'_>) -> Result<T, ArgumentError> {
    let path = Path::default();
    T::deserialize(Decoder { place: Place::Value(node), unknown: Unknown::Skipped, path })
}

/// What to do with members that the type does not know.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unknown {
    Refused,
    Skipped,
}

/// What stands where a value is looked for.
#[derive(Clone, Copy)]
enum Place<'de> {
    Value(Node<'de>),
    /// A member that was not sent.
    Absent,
    /// The arguments of a request that has none: an object without members.
    NoArguments,
}

impl<'de> Place<'de> {
    fn of(arguments: Option<Node<'de>>) -> Place<'de> {
        arguments.map_or(Place::NoArguments, Place::Value)
    }
}

#[derive(Clone, Copy)]
struct Decoder<'de, 'p> {
    place: Place<'de>,
    unknown: Unknown,
    path: Path<'p>,
}

impl<'de> Decoder<'de, '_> {
    fn node(&self) -> Result<Node<'de>, ArgumentError> {
        match self.place {
            Place::Value(node) => Ok(node),
            Place::Absent | Place::NoArguments => Err(self.path.missing()),
        }
    }

    fn kind(&self) -> Result<Kind<'de>, ArgumentError> {
        self.node().map(Node::kind)
    }

    fn wrong(&self, expected: &str) -> ArgumentError {
        self.path.wrong_type(expected)
    }

    fn signed<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ArgumentError> {
        match self.kind()? {
            Kind::Int(number) => visitor.visit_i64(number),
            _ => Err(self.wrong("integer")),
        }
        .map_err(|error| error.at(&self.path))
    }

    /// Negative numbers are taken as their complement, as the reference does.
    fn unsigned<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ArgumentError> {
        match self.kind()? {
            Kind::Int(number) => visitor.visit_u64(u64::from_ne_bytes(number.to_ne_bytes())),
            Kind::Uint(number) => visitor.visit_u64(number),
            _ => Err(self.path.expects("uint64")),
        }
        .map_err(|error| error.at(&self.path))
    }

    fn members(&self) -> Result<Option<crate::json::Members<'de>>, ArgumentError> {
        match self.place {
            Place::NoArguments => Ok(None),
            Place::Absent => Err(self.path.missing()),
            Place::Value(node) => match node.kind() {
                Kind::Object(members) => Ok(Some(members)),
                _ => Err(self.wrong("object")),
            },
        }
    }
}

macro_rules! as_number {
    ($($method:ident => $how:ident),* $(,)?) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ArgumentError> {
            self.$how(visitor)
        })*
    };
}

impl<'de> de::Deserializer<'de> for Decoder<'de, '_> {
    type Error = ArgumentError;

    as_number! {
        deserialize_i8 => signed,
        deserialize_i16 => signed,
        deserialize_i32 => signed,
        deserialize_i64 => signed,
        deserialize_u8 => unsigned,
        deserialize_u16 => unsigned,
        deserialize_u32 => unsigned,
        deserialize_u64 => unsigned,
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ArgumentError> {
        match self.kind()? {
            Kind::Null => visitor.visit_unit(),
            Kind::Bool(value) => visitor.visit_bool(value),
            Kind::Int(value) => visitor.visit_i64(value),
            Kind::Uint(value) => visitor.visit_u64(value),
            Kind::Double(value) => visitor.visit_f64(value),
            Kind::String(value) => visitor.visit_str(&value),
            Kind::Array(elements) => visitor.visit_seq(List::new(elements, self)),
            Kind::Object(members) => visitor.visit_map(Map::new(members, self)),
        }
        .map_err(|error| error.at(&self.path))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ArgumentError> {
        match self.kind()? {
            Kind::Bool(value) => visitor.visit_bool(value),
            _ => Err(self.wrong("boolean")),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ArgumentError> {
        self.deserialize_f64(visitor)
    }

    #[expect(clippy::cast_precision_loss, reason = "the reference converts whole numbers the same way")]
    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ArgumentError> {
        match self.kind()? {
            Kind::Double(number) => visitor.visit_f64(number),
            Kind::Int(number) => visitor.visit_f64(number as f64),
            Kind::Uint(number) => visitor.visit_f64(number as f64),
            _ => Err(self.wrong("number")),
        }
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ArgumentError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ArgumentError> {
        match self.kind()? {
            Kind::String(text) => {
                visitor.visit_str(&text).map_err(|error: ArgumentError| error.at(&self.path))
            }
            _ => Err(self.wrong("string")),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ArgumentError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ArgumentError> {
        match self.node()?.text() {
            Some(text) => visitor.visit_bytes(&text).map_err(|error: ArgumentError| error.at(&self.path)),
            None => Err(self.wrong("string")),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ArgumentError> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ArgumentError> {
        match self.place {
            Place::Absent => visitor.visit_none(),
            Place::Value(_) | Place::NoArguments => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ArgumentError> {
        match self.kind()? {
            Kind::Null => visitor.visit_unit(),
            _ => Err(self.wrong("null")),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ArgumentError> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ArgumentError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ArgumentError> {
        match self.kind()? {
            Kind::Array(elements) => visitor.visit_seq(List::new(elements, self)),
            _ => Err(self.wrong("array")),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, ArgumentError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, ArgumentError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ArgumentError> {
        match self.kind()? {
            Kind::Object(members) => visitor.visit_map(Map::new(members, self)),
            _ => Err(self.wrong("object")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ArgumentError> {
        let members = self.members()?;
        let value = visitor.visit_map(Members::new(members.clone(), fields, self))?;
        let unknown = members.into_iter().flatten().find(|(name, _)| !fields.contains(&name.as_ref()));
        match unknown {
            Some((name, _)) if self.unknown == Unknown::Refused => Err(self.path.member(&name).unexpected()),
            _ => Ok(value),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ArgumentError> {
        match self.kind()? {
            Kind::String(word) => {
                let word: &str = &word;
                visitor.visit_enum(Enumerated::new(word)).map_err(|error: ArgumentError| error.at(&self.path))
            }
            _ => Err(self.wrong("string")),
        }
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ArgumentError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ArgumentError> {
        visitor.visit_unit()
    }
}
