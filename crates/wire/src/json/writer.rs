//! Writing values exactly as the reference agent spells them (compat.md A.2).

use crate::{Base64, Base64Error};
use serde::{Serialize, ser};
use std::fmt::Display;
use std::io::Write;

/// Takes bytes away; it leaves none.
pub type Outlet<'s> = &'s mut dyn FnMut(&mut Vec<u8>);

/// A line that is being written, and where it goes before it is too long.
pub struct Line<'s> {
    /// What is written, and not gone yet.
    pub bytes: &'s mut Vec<u8>,
    /// Where the bytes go while a long byte string is written.
    pub send: Option<Outlet<'s>>,
}

impl Line<'_> {
    /// Appends a byte string, some of it at a time, so that a long one is never in memory as a whole.
    fn base64(&mut self, value: &[u8]) -> Result<(), Base64Error> {
        /// A multiple of three, so that only the last piece has padding. The text of one fits into the buffer of a
        /// socket: the next is made while the peer reads.
        const PIECE: usize = 96 << 10;
        let Some(send) = &mut self.send else { return Base64::encode_into(value, self.bytes) };
        for piece in value.chunks(PIECE) {
            Base64::encode_into(piece, self.bytes)?;
            if piece.len() == PIECE {
                send(self.bytes);
            }
        }
        Ok(())
    }
}

/// Appends `value` to `line`.
///
/// A member whose value is `None` is left out, as no member of the protocol is ever null; byte strings are
/// written in base64. Fails only where `value` refuses to be written, and then leaves `line` as it was.
pub fn write(line: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) -> Result<(), WriteError> {
    write_line(&mut Line { bytes: line, send: None }, value)
}

/// The same, and what is written may go already, but not unless `value` is sure to be written: of what holds a
/// long byte string nothing else may fail.
pub fn write_line(line: &mut Line<'_>, value: &(impl Serialize + ?Sized)) -> Result<(), WriteError> {
    let start = line.bytes.len();
    value.serialize(Writer { line }).map(drop).inspect_err(|_| line.bytes.truncate(start))
}

/// Why a value cannot be written.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct WriteError(String);

impl ser::Error for WriteError {
    fn custom<T: Display>(text: T) -> WriteError {
        WriteError(text.to_string())
    }
}

/// Whether anything was written: a `None` writes nothing.
#[derive(PartialEq, Eq, Clone, Copy)]
enum Written {
    Value,
    Nothing,
}

struct Writer<'a, 's> {
    line: &'a mut Line<'s>,
}

impl<'a, 's> Writer<'a, 's> {
    fn put(self, text: impl Display) -> Result<Written, WriteError> {
        write!(self.line.bytes, "{text}").map_err(ser::Error::custom)?;
        Ok(Written::Value)
    }

    fn open(self, bracket: u8, close: u8) -> Container<'a, 's> {
        self.line.bytes.push(bracket);
        Container { line: self.line, close, first: true }
    }
}

/// A list or an object being written.
struct Container<'a, 's> {
    line: &'a mut Line<'s>,
    close: u8,
    first: bool,
}

impl Container<'_, '_> {
    fn separate(&mut self) {
        if !std::mem::take(&mut self.first) {
            self.line.bytes.extend_from_slice(b", ");
        }
    }

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
        self.separate();
        if value.serialize(Writer { line: self.line })? == Written::Nothing {
            self.line.bytes.extend_from_slice(b"null");
        }
        Ok(())
    }

    fn member<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), WriteError> {
        let (start, first) = (self.line.bytes.len(), self.first);
        self.separate();
        string(self.line.bytes, name);
        self.line.bytes.extend_from_slice(b": ");
        if value.serialize(Writer { line: self.line })? == Written::Nothing {
            self.line.bytes.truncate(start);
            self.first = first;
        }
        Ok(())
    }

    fn close(self) -> Written {
        self.line.bytes.push(self.close);
        Written::Value
    }
}

fn string(line: &mut Vec<u8>, text: &str) {
    line.push(b'"');
    let mut rest = text;
    while let Some(at) = rest.bytes().position(is_escaped) {
        let (plain, special) = rest.split_at(at);
        line.extend_from_slice(plain.as_bytes());
        let mut letters = special.chars();
        letters.next().into_iter().for_each(|letter| escape(line, letter));
        rest = letters.as_str();
    }
    line.extend_from_slice(rest.as_bytes());
    line.push(b'"');
}

fn is_escaped(byte: u8) -> bool {
    !(0x20..0x7f).contains(&byte) || byte == b'"' || byte == b'\\'
}

fn escape(line: &mut Vec<u8>, letter: char) {
    let short: &[u8] = match letter {
        '"' => b"\\\"",
        '\\' => b"\\\\",
        '\u{8}' => b"\\b",
        '\u{c}' => b"\\f",
        '\n' => b"\\n",
        '\r' => b"\\r",
        '\t' => b"\\t",
        _ => {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                line.extend_from_slice(format!("\\u{unit:04X}").as_bytes());
            }
            return;
        }
    };
    line.extend_from_slice(short);
}

/// `number` as C's `%.17g` spells it: 17 significant digits, no trailing zeros.
fn double(number: f64) -> Result<String, WriteError> {
    if !number.is_finite() {
        return Err(WriteError(format!("{number} is no JSON number")));
    }
    let scientific = format!("{number:.16e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..17).contains(&exponent) {
        let decimals = usize::try_from(16 - exponent).unwrap_or_default();
        return Ok(trimmed(&format!("{number:.decimals$}")).to_owned());
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    Ok(format!("{}e{sign}{:02}", trimmed(digits), exponent.abs()))
}

fn trimmed(digits: &str) -> &str {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits }
}

macro_rules! put {
    ($($method:ident: $kind:ty),* $(,)?) => {
        $(fn $method(self, value: $kind) -> Result<Written, WriteError> { self.put(value) })*
    };
}

impl<'a, 's> ser::Serializer for Writer<'a, 's> {
    type Ok = Written;
    type Error = WriteError;
    type SerializeSeq = Container<'a, 's>;
    type SerializeTuple = Container<'a, 's>;
    type SerializeTupleStruct = Container<'a, 's>;
    type SerializeTupleVariant = ser::Impossible<Written, WriteError>;
    type SerializeMap = Container<'a, 's>;
    type SerializeStruct = Container<'a, 's>;
    type SerializeStructVariant = ser::Impossible<Written, WriteError>;

    put! {
        serialize_bool: bool,
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
        serialize_u64: u64,
    }

    fn serialize_f32(self, value: f32) -> Result<Written, WriteError> {
        self.serialize_f64(f64::from(value))
    }

    fn serialize_f64(self, value: f64) -> Result<Written, WriteError> {
        self.put(double(value)?)
    }

    fn serialize_char(self, value: char) -> Result<Written, WriteError> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<Written, WriteError> {
        string(self.line.bytes, value);
        Ok(Written::Value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Written, WriteError> {
        self.line.bytes.push(b'"');
        self.line.base64(value).map_err(ser::Error::custom)?;
        self.line.bytes.push(b'"');
        Ok(Written::Value)
    }

    fn serialize_none(self) -> Result<Written, WriteError> {
        Ok(Written::Nothing)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Written, WriteError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Written, WriteError> {
        self.put("null")
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<Written, WriteError> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<Written, WriteError> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<Written, WriteError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Written, WriteError> {
        let mut object = self.open(b'{', b'}');
        object.member(variant, value)?;
        Ok(object.close())
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Container<'a, 's>, WriteError> {
        Ok(self.open(b'[', b']'))
    }

    fn serialize_tuple(self, _length: usize) -> Result<Container<'a, 's>, WriteError> {
        Ok(self.open(b'[', b']'))
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        _length: usize,
    ) -> Result<Container<'a, 's>, WriteError> {
        Ok(self.open(b'[', b']'))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleVariant, WriteError> {
        Err(WriteError(format!("a variant of {name} has no place on the wire")))
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Container<'a, 's>, WriteError> {
        Ok(self.open(b'{', b'}'))
    }

    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Container<'a, 's>, WriteError> {
        Ok(self.open(b'{', b'}'))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeStructVariant, WriteError> {
        Err(WriteError(format!("a variant of {name} has no place on the wire")))
    }
}

macro_rules! list {
    ($($kind:ident: $method:ident),*) => {
        $(impl ser::$kind for Container<'_, '_> {
            type Ok = Written;
            type Error = WriteError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
                self.element(value)
            }

            fn end(self) -> Result<Written, WriteError> {
                Ok(self.close())
            }
        })*
    };
}

list!(SerializeSeq: serialize_element, SerializeTuple: serialize_element, SerializeTupleStruct: serialize_field);

impl ser::SerializeStruct for Container<'_, '_> {
    type Ok = Written;
    type Error = WriteError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), WriteError> {
        self.member(name, value)
    }

    fn end(self) -> Result<Written, WriteError> {
        Ok(self.close())
    }
}

impl ser::SerializeMap for Container<'_, '_> {
    type Ok = Written;
    type Error = WriteError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), WriteError> {
        self.separate();
        key.serialize(Writer { line: self.line }).map(drop)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
        self.line.bytes.extend_from_slice(b": ");
        if value.serialize(Writer { line: self.line })? == Written::Nothing {
            self.line.bytes.extend_from_slice(b"null");
        }
        Ok(())
    }

    fn end(self) -> Result<Written, WriteError> {
        Ok(self.close())
    }
}

#[cfg(test)]
mod tests;
