//! Bytes as they travel inside JSON.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64_simd::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// For text that the fast way refuses: padding may be missing, and the bits behind the last byte need not be zero.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Bytes that travel as base64: encoded straight into the line, decoded straight from the request's buffer.
///
/// Text that is not base64 is no error of the argument's type: a command finds it when it asks for the
/// [bytes](Base64::into_bytes), at its own time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base64(Result<Vec<u8>, Base64Error>);

/// Why there are no bytes, or no text of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Base64Error {
    /// The text was not base64.
    #[error("Base64 data contains invalid characters")]
    Invalid,
    /// What was asked for does not fit into memory.
    #[error("not enough memory for the data")]
    NoMemory,
}

impl Base64 {
    /// The bytes that were sent.
    pub fn into_bytes(self) -> Result<Vec<u8>, Base64Error> {
        self.0
    }

    /// How many bytes were sent; none if the text was not base64.
    pub fn byte_count(&self) -> usize {
        self.0.as_ref().map_or(0, Vec::len)
    }

    /// The bytes that `text` stands for; line feeds count for nothing, as clients break long lines.
    pub fn decode(text: &[u8]) -> Base64 {
        Base64(decoded(text))
    }

    /// How many characters the bytes take.
    pub fn encoded_len(bytes: usize) -> usize {
        bytes.div_ceil(3).saturating_mul(4)
    }

    /// Appends the text of `bytes` to `line`.
    pub fn encode_into(bytes: &[u8], line: &mut Vec<u8>) -> Result<(), Base64Error> {
        line.try_reserve(Base64::encoded_len(bytes.len())).map_err(|_| Base64Error::NoMemory)?;
        STANDARD.encode_append(bytes, line);
        Ok(())
    }
}

fn decoded(text: &[u8]) -> Result<Vec<u8>, Base64Error> {
    let mut bytes = empty(base64::decoded_len_estimate(text.len()))?;
    if STANDARD.decode_append(text, &mut bytes).is_err() {
        let mut unbroken = empty(text.len())?;
        unbroken.extend(text.iter().filter(|byte| **byte != b'\n'));
        bytes.clear();
        LENIENT.decode_vec(unbroken, &mut bytes).map_err(|_| Base64Error::Invalid)?;
    }
    Ok(bytes)
}

fn empty(capacity: usize) -> Result<Vec<u8>, Base64Error> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(capacity).map_err(|_| Base64Error::NoMemory)?;
    Ok(bytes)
}

impl From<Vec<u8>> for Base64 {
    fn from(bytes: Vec<u8>) -> Base64 {
        Base64(Ok(bytes))
    }
}

impl Serialize for Base64 {
    /// Hands over the bytes: the writer of [`json`](crate::json) spells every byte string in base64.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Ok(bytes) => serializer.serialize_bytes(bytes),
            Err(error) => Err(serde::ser::Error::custom(error)),
        }
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Base64, D::Error> {
        deserializer.deserialize_bytes(Text)
    }
}

struct Text;

impl de::Visitor<'_> for Text {
    type Value = Base64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("string")
    }

    fn visit_bytes<E: de::Error>(self, text: &[u8]) -> Result<Base64, E> {
        Ok(Base64::decode(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn line_feeds_are_skipped_and_other_foreign_characters_refused() {
        let cases = [
            ("", Some(&b""[..])),
            ("aGVs\nbG8=\n", Some(b"hello")),
            ("a b=", None),
            ("aGVsbG8", Some(b"hello")),
            ("aGVsbG8=aGVs", None),
        ];
        for (text, bytes) in cases {
            assert_eq!(Base64::decode(text.as_bytes()).into_bytes().ok().as_deref(), bytes, "{text:?}");
        }
    }

    #[test]
    fn text_is_appended_to_the_line() {
        let mut line = b"x".to_vec();
        Base64::encode_into(b"hello", &mut line).unwrap();
        assert_eq!(line, b"xaGVsbG8=");
    }

    proptest! {
        #[test]
        fn the_fast_way_is_the_lenient_one(text in "[A-Za-z0-9+/]{0,90}={0,3}[ =A-]{0,1}", bytes: Vec<u8>) {
            prop_assert_eq!(Base64::decode(text.as_bytes()).into_bytes().ok(), LENIENT.decode(&text).ok());
            let mut line = Vec::new();
            Base64::encode_into(&bytes, &mut line).unwrap();
            prop_assert_eq!(line, LENIENT.encode(bytes).into_bytes());
        }
    }
}
