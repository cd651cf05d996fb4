//! What may go to a terminal.

use std::fmt::{self, Display, Write};
use std::io;

/// A guest's text, made harmless: what would move the cursor, change colours or turn the direction of
/// writing around is spelled out (`\u{1b}`), and a line stays a line.
pub(crate) struct Escaped<T>(pub(crate) T);

impl<T: Display> Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Formatted first, so that a width given applies to what is seen.
        let mut text = String::new();
        write!(Escaping(&mut text), "{}", self.0)?;
        f.pad(&text)
    }
}

struct Escaping<'a>(&'a mut String);

impl Write for Escaping<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            if is_harmful(character) {
                self.0.extend(character.escape_default());
            } else {
                self.0.push(character);
            }
        }
        Ok(())
    }
}

/// Bytes of a guest on their way to a terminal: text and its lines stay, everything else is spelled out.
pub(crate) struct Harmless<W: io::Write> {
    to: W,
    /// The beginning of a character whose end has not come yet.
    begun: Vec<u8>,
}

impl<W: io::Write> Harmless<W> {
    pub(crate) fn new(to: W) -> Harmless<W> {
        Harmless { to, begun: Vec::new() }
    }
}

impl<W: io::Write> io::Write for Harmless<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.begun.extend_from_slice(bytes);
        let (text, begun) = spelled_out(&self.begun);
        self.to.write_all(text.as_bytes())?;
        self.begun.drain(..self.begun.len() - begun);
        Ok(bytes.len())
    }

    /// After this nothing is held back.
    fn flush(&mut self) -> io::Result<()> {
        let rest = std::mem::take(&mut self.begun);
        write!(self.to, "{}", rest.escape_ascii())?;
        self.to.flush()
    }
}

impl<W: io::Write> Drop for Harmless<W> {
    fn drop(&mut self) {
        // Who cares for errors flushes before.
        drop(io::Write::flush(self));
    }
}

/// What to show of `bytes`, and how many at their end begin a character.
fn spelled_out(bytes: &[u8]) -> (String, usize) {
    let mut shown = String::new();
    let mut chunks = bytes.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        for character in chunk.valid().chars() {
            match character {
                '\n' | '\t' => shown.push(character),
                _ if is_harmful(character) => shown.extend(character.escape_default()),
                _ => shown.push(character),
            }
        }
        let strange = chunk.invalid();
        if chunks.peek().is_none()
            && std::str::from_utf8(strange).is_err_and(|error| error.error_len().is_none())
        {
            return (shown, strange.len());
        }
        shown.extend(strange.escape_ascii().map(char::from));
    }
    (shown, 0)
}

/// Control characters of both sets, and the invisible ones that change how others are shown or hide a difference
/// (Unicode UAX 9, UTS 39 and what has no width).
fn is_harmful(character: char) -> bool {
    let is_invisible = matches!(character,
        '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}');
    character.is_control() || is_invisible
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_drives_a_terminal_is_spelled_out_and_letters_stay() {
        let cases = [
            ("eth0", "eth0"),
            ("Gästehaus 客", "Gästehaus 客"),
            ("\x1b]0;mine\x07", "\\u{1b}]0;mine\\u{7}"),
            ("two\nlines\r\t", "two\\nlines\\r\\t"),
            ("\u{9b}31m\u{7f}", "\\u{9b}31m\\u{7f}"),
            ("evil\u{202e}txt.exe", "evil\\u{202e}txt.exe"),
            ("\u{61c}a\u{ad}\u{e0041}\u{fff9}", "\\u{61c}a\\u{ad}\\u{e0041}\\u{fff9}"),
        ];
        for (text, shown) in cases {
            assert_eq!(Escaped(text).to_string(), shown);
        }
        assert_eq!(format!("{:6}|", Escaped("\n")), "\\n    |");
    }

    #[test]
    fn bytes_keep_their_text_whatever_the_pieces() {
        let bytes = "\ta 客\x1b[m\n".as_bytes().iter().chain(b"\xff\xe5z\r\xe5\xae");
        let mut shown = Vec::new();
        let mut harmless = Harmless::new(&mut shown);
        for byte in bytes {
            io::Write::write_all(&mut harmless, &[*byte]).unwrap();
        }
        drop(harmless);
        assert_eq!(String::from_utf8(shown).unwrap(), "\ta 客\\u{1b}[m\n\\xff\\xe5z\\r\\xe5\\xae");
    }
}
