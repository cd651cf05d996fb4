//! What may go to a terminal.

use std::fmt::{self, Display, Write};

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

/// Control characters of both sets, and the invisible ones that change how others are shown (Unicode UAX 9
/// and what has no width).
fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
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
        ];
        for (text, shown) in cases {
            assert_eq!(Escaped(text).to_string(), shown);
        }
        assert_eq!(format!("{:6}|", Escaped("\n")), "\\n    |");
    }
}
