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
