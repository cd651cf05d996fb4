use super::{Kind, Node};
use serde::{Serialize, Serializer};

/// A JSON value of any shape that owns what it holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number that fits an `i64`.
    Int(i64),
    /// A whole number beyond `i64` that fits a `u64`.
    Uint(u64),
    /// Any other number.
    Double(f64),
    /// Text.
    String(String),
    /// A list.
    Array(Vec<Value>),
    /// Members in the order in which they were sent.
    Object(Vec<(String, Value)>),
}

impl Value {
    /// Whether all numbers in it can be written: one beyond all doubles is read as infinite.
    pub fn is_finite(&self) -> bool {
        match self {
            Value::Double(number) => number.is_finite(),
            Value::Array(elements) => elements.iter().all(Value::is_finite),
            Value::Object(members) => members.iter().all(|(_, value)| value.is_finite()),
            _ => true,
        }
    }
}

impl From<Node<'_>> for Value {
    /// Copies what the parser read; as deep as values may be, so is the recursion: 1024 at most.
    fn from(node: Node<'_>) -> Value {
        match node.kind() {
            Kind::Null => Value::Null,
            Kind::Bool(value) => Value::Bool(value),
            Kind::Int(value) => Value::Int(value),
            Kind::Uint(value) => Value::Uint(value),
            Kind::Double(value) => Value::Double(value),
            Kind::String(text) => Value::String(text.into_owned()),
            Kind::Array(elements) => Value::Array(elements.map(Value::from).collect()),
            Kind::Object(members) => {
                Value::Object(members.map(|(name, value)| (name.into_owned(), Value::from(value))).collect())
            }
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Int(value) => serializer.serialize_i64(*value),
            Value::Uint(value) => serializer.serialize_u64(*value),
            Value::Double(value) => serializer.serialize_f64(*value),
            Value::String(text) => serializer.serialize_str(text),
            Value::Array(elements) => serializer.collect_seq(elements),
            Value::Object(members) => {
                serializer.collect_map(members.iter().map(|(name, value)| (name, value)))
            }
        }
    }
}
