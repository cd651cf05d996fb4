//! Text from bytes that may be none, as the reference shows them in its messages.

use super::text::is_noncharacter;

/// The text of `bytes`: one U+FFFD for each broken sequence, that is a lead byte with the continuation
/// bytes that follow it, or one stray byte (compat.md A.2); C0 80 is U+0000.
pub(super) fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((sequence, after)) = split_sequence(rest) {
        text.push(character(sequence).unwrap_or(char::REPLACEMENT_CHARACTER));
        rest = after;
    }
    text
}

/// Splits off a lead byte with at most as many continuation bytes as it asks for, or one other byte.
fn split_sequence(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (lead, rest) = bytes.split_first()?;
    let continuations = match lead {
        0xC0..=0xDF => 1,
        0xE0..=0xEF => 2,
        0xF0..=0xF7 => 3,
        // Once allowed by UTF-8, and still taken for one sequence.
        0xF8..=0xFB => 4,
        0xFC..=0xFD => 5,
        _ => 0,
    };
    let follow = rest.iter().take(continuations).take_while(|byte| matches!(byte, 0x80..=0xBF)).count();
    bytes.split_at_checked(1 + follow)
}

fn character(sequence: &[u8]) -> Option<char> {
    if sequence == [0xC0, 0x80] {
        return Some('\0');
    }
    let character = std::str::from_utf8(sequence).ok()?.chars().next()?;
    Some(character).filter(|character| !is_noncharacter(*character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_sequence_becomes_one_replacement() {
        let cases: [(&[u8], &str); 14] = [
            (b"a\xC3\xA9z", "aéz"),
            (b"\xF0\x9F\x98\x80", "😀"),
            (b"\xC0\x80", "\0"),
            (b"\xC1\x81z", "\u{FFFD}z"),
            (b"\xE2\x82z", "\u{FFFD}z"),
            (b"\xE0\x80\x80\x80\x80", "\u{FFFD}\u{FFFD}\u{FFFD}"),
            (b"\xED\xA0\x80", "\u{FFFD}"),
            (b"\xEF\xBF\xBE", "\u{FFFD}"),
            (b"\xF0\x9F\xF0\x9F\x98\x80\xFF", "\u{FFFD}😀\u{FFFD}"),
            (b"\xF4\x90\x80\x80", "\u{FFFD}"),
            (b"\xF7\xBF\xBF\xBF\xBF", "\u{FFFD}\u{FFFD}"),
            (b"\xF8\x88\x80\x80\x80z", "\u{FFFD}z"),
            (b"\xFC\x80\x80\x80\x80\x80\x80", "\u{FFFD}\u{FFFD}"),
            (b"\xC3\xC3\xA9", "\u{FFFD}é"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(text(bytes), expected, "{bytes:02X?}");
        }
    }
}
