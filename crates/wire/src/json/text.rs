//! What may stand between the quotes of a string, and what it means.

use super::{error::Problem, lossy};
use std::borrow::Cow;

/// Whether what is between the quotes is the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Plain,
    Escaped,
}

/// Checks what is between the quotes; `quote` is the closing one.
pub(super) fn check(inside: &[u8], quote: u8) -> Result<Form, Problem> {
    let mut form = Form::Plain;
    for piece in (Pieces { rest: inside, quote }) {
        match piece? {
            Piece::Run(_) => {}
            Piece::Char(_) => form = Form::Escaped,
        }
    }
    Ok(form)
}

/// The text that `inside`, which was found good, stands for.
pub(super) fn decode(inside: &[u8], form: Form) -> Cow<'_, str> {
    match form {
        // What is good UTF-8 is seen to be that many bytes at a time, unlike by from_utf8_lossy.
        Form::Plain => {
            std::str::from_utf8(inside).map_or_else(|_| String::from_utf8_lossy(inside), Cow::Borrowed)
        }
        Form::Escaped => Cow::Owned(unescape(inside)),
    }
}

fn unescape(inside: &[u8]) -> String {
    let mut text = String::with_capacity(inside.len());
    for piece in (Pieces { rest: inside, quote: b'"' }).flatten() {
        match piece {
            Piece::Run(run) => text.push_str(run),
            Piece::Char(character) => text.push(character),
        }
    }
    text
}

enum Piece<'a> {
    /// Text that stands for itself.
    Run(&'a str),
    /// What an escape stands for.
    Char(char),
}

/// What is between the quotes, piece by piece, up to the first that is wrong.
struct Pieces<'a> {
    rest: &'a [u8],
    quote: u8,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Result<Piece<'a>, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        let found = match self.rest {
            [] => return None,
            [b'\\', after @ ..] => {
                escape(after, self.quote).map(|(char, length)| (Piece::Char(char), length))
            }
            // No UTF-8, but how the reference spells U+0000.
            [0xC0, 0x80, ..] => Ok((Piece::Char('\0'), 2)),
            text => run(text).map(|run| (Piece::Run(run), run.len())),
        };
        self.rest = match &found {
            Ok((_, length)) => self.rest.get(*length..).unwrap_or_default(),
            Err(_) => &[],
        };
        Some(found.map(|(piece, _)| piece))
    }
}

/// The text before the next escape.
fn run(text: &[u8]) -> Result<&str, Problem> {
    // Nowhere in UTF-8 is there a C0; a text that begins with one has no run.
    let end = memchr::memchr2(b'\\', 0xC0, text).unwrap_or(text.len());
    match std::str::from_utf8(text.get(..end).unwrap_or_default()) {
        Ok(run) if !run.is_empty() && (run.is_ascii() || !run.chars().any(is_noncharacter)) => Ok(run),
        _ => Err(Problem::Utf8),
    }
}

/// The character that an escape stands for, from what is after the backslash, and the escape's length.
fn escape(after: &[u8], quote: u8) -> Result<(char, usize), Problem> {
    let character = match after.first() {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode(after, quote),
        Some(&byte @ (b'"' | b'\'' | b'\\' | b'/')) => char::from(byte),
        _ => return Err(Problem::Escape),
    };
    Ok((character, 2))
}

const UNICODE_ESCAPE: usize = r"\uXXXX".len();

fn unicode(after: &[u8], quote: u8) -> Result<(char, usize), Problem> {
    let (number, rest) = code_unit(after).ok_or_else(|| not_unicode(after, quote, UNICODE_ESCAPE))?;
    let low = match rest {
        [b'\\', second @ ..] => code_unit(second).map(|(low, _)| low),
        _ => None,
    };
    let (number, length) = match (number, low) {
        (0xD800..=0xDBFF, Some(low @ 0xDC00..=0xDFFF)) => {
            (0x1_0000 + ((number - 0xD800) << 10) + (low - 0xDC00), 2 * UNICODE_ESCAPE)
        }
        _ => (number, UNICODE_ESCAPE),
    };
    match char::from_u32(number) {
        Some(character) if !is_noncharacter(character) => Ok((character, length)),
        _ => Err(not_unicode(after, quote, length)),
    }
}

/// The number of `uXXXX`, and what comes after.
fn code_unit(text: &[u8]) -> Option<(u32, &[u8])> {
    let (digits, rest) = text.strip_prefix(b"u")?.split_first_chunk::<4>()?;
    let number =
        digits.iter().try_fold(0, |number, digit| Some(number * 16 + char::from(*digit).to_digit(16)?));
    Some((number?, rest))
}

/// Names an escape by as many bytes as a good one has, be they hexadecimal digits or not. The string's end
/// is the end, but its quote still shows.
fn not_unicode(after: &[u8], quote: u8, length: usize) -> Problem {
    let bytes: Vec<u8> = [b'\\'].iter().chain(after).chain([&quote]).take(length).copied().collect();
    Problem::Unicode(lossy::text(&bytes))
}

/// Whether Unicode keeps `character` from ever meaning anything.
pub(super) fn is_noncharacter(character: char) -> bool {
    let number = u32::from(character);
    matches!(number, 0xFDD0..=0xFDEF) || number & 0xFFFE == 0xFFFE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(inside: &[u8]) -> Result<(Form, Cow<'_, str>), String> {
        let form = check(inside, b'"').map_err(|problem| problem.to_string())?;
        Ok((form, decode(inside, form)))
    }

    #[test]
    fn text_without_escapes_is_borrowed() {
        for text in ["", "a 'b' /", "\u{7f}", "é€😀", "\u{FFFD}\u{10FFFD}"] {
            let (form, read) = read(text.as_bytes()).unwrap();
            assert!(matches!((form, read), (Form::Plain, Cow::Borrowed(read)) if read == text), "{text:?}");
        }
    }

    #[test]
    fn escapes_are_decoded() {
        let cases: [(&[u8], &str); 8] = [
            (br#"\"\'\\\/\b\f\n\r\t"#, "\"'\\/\u{8}\u{c}\n\r\t"),
            (br"\u00e9\u00E9", "éé"),
            (br"a\u0000b", "a\0b"),
            (b"a\xC0\x80b", "a\0b"),
            (br"\ud83d\ude00!", "😀!"),
            (br"\uFFFD", "\u{FFFD}"),
            ("é\\té".as_bytes(), "é\té"),
            (br"\\u0041", "\\u0041"),
        ];
        for (inside, expected) in cases {
            assert_eq!(
                read(inside),
                Ok((Form::Escaped, Cow::Borrowed(expected))),
                "{}",
                inside.escape_ascii()
            );
        }
    }

    #[test]
    fn what_is_no_utf_8_or_no_character_is_refused() {
        let cases: [&[u8]; 12] = [
            b"\x80",
            b"\xC3",
            b"\xC3(",
            b"\xC0",
            b"\xC0\x81",
            b"\xC1\x81",
            b"\xE0\x80\x80",
            b"\xED\xA0\x80",
            b"\xF4\x90\x80\x80",
            b"\xEF\xBF\xBE",
            b"\xEF\xB7\x90",
            b"\xF0\x9F\xBF\xBF",
        ];
        for inside in cases {
            assert_eq!(read(inside), Err("invalid UTF-8 sequence in string".to_owned()), "{inside:02X?}");
        }
    }

    #[test]
    fn a_bad_escape_is_named_by_as_many_bytes_as_a_good_one_has() {
        let cases: [(&[u8], &str); 11] = [
            (br"\u12", "\\u12\""),
            (br"\u", "\\u\""),
            (br"\u12G4", r"\u12G4"),
            (br"\u+123", r"\u+123"),
            (br"\u1\u00e9", r"\u1\u0"),
            ("\\u1éé".as_bytes(), "\\u1é\u{FFFD}"),
            (br"\ud83d", r"\ud83d"),
            (br"\ude00\ud83d", r"\ude00"),
            (br"\ud83d\u0041", r"\ud83d"),
            (br"\uFDD0", r"\uFDD0"),
            (br"\ud83f\udfff", r"\ud83f\udfff"),
        ];
        for (inside, escape) in cases {
            assert_eq!(read(inside), Err(format!("{escape} is not a valid Unicode character")));
        }
    }

    #[test]
    fn the_first_thing_wrong_is_answered() {
        assert_eq!(read(b"\\q\xFF"), Err("invalid escape sequence in string".to_owned()));
        assert_eq!(read(b"\xFF\\q"), Err("invalid UTF-8 sequence in string".to_owned()));
    }
}
