//! Bytes to tokens, wherever the bytes are split, and back on track after a byte that fits none.

use super::error::Position;

/// A piece of text that the grammar knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Where it is in the buffer; for a string, with its quotes.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether it is ASCII without a backslash.
    pub(super) is_plain: bool,
    /// Where it is said to be in an error.
    pub(super) at: Position,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    Colon,
    Comma,
    String,
    Integer,
    /// A number with a fraction or an exponent.
    Double,
    Word,
    /// The beginning of a token that is longer than any may be.
    Overlong,
    /// No token: the last byte fits nothing before it.
    Stray,
}

/// Cuts a buffer into tokens; keeps its place when the buffer ends inside of one.
#[derive(Debug)]
pub(super) struct Lexer {
    /// The most bytes of one token.
    size_limit: usize,
    state: State,
    /// Where in the buffer the next byte is.
    position: usize,
    /// Where in the buffer the token being read began.
    start: usize,
    /// Whether the token being read is ASCII without a backslash so far.
    is_plain: bool,
    /// Where in all input the token being read began.
    began: Position,
    /// Where in all input the next byte is.
    at: Position,
    /// Whether the byte before the next was looked at twice: first as what may go on the token or the garbage
    /// before. The reference then counts the column of the token that it begins one too high.
    looked_ahead: bool,
    /// Line feeds and bytes 0xFF so far.
    marks: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Between,
    /// After a stray byte, until something from which to start again.
    Skipping,
    Word,
    Sign,
    Zero,
    Whole,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
    Text(u8),
    Escape(u8),
}

/// What a byte does.
enum Step {
    /// It is space between tokens.
    Space,
    /// It is garbage.
    Skip,
    /// It ends the garbage and is looked at anew.
    Resume,
    /// It belongs to the token, which goes on.
    Continue(State),
    /// It is the last of the token.
    End(Kind),
    /// It is the first after the token and is looked at anew.
    EndBefore(Kind),
    /// It fits nothing.
    Stray,
}

impl Token {
    /// Its bytes, of those in the buffer.
    pub(super) fn text<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        bytes.get(self.start..self.end).unwrap_or_default()
    }
}

impl Lexer {
    pub(super) fn with_size_limit(size_limit: usize) -> Lexer {
        let at = Position { line: 1, column: 1 };
        Lexer {
            size_limit,
            state: State::Between,
            position: 0,
            start: 0,
            is_plain: true,
            began: at,
            at,
            looked_ahead: false,
            marks: 0,
        }
    }

    /// The next token that ends in `bytes`, which are those of the last call and maybe more.
    pub(super) fn next(&mut self, bytes: &[u8]) -> Option<Token> {
        loop {
            match self.state {
                State::Text(quote) => self.skip_text(bytes, quote),
                State::Skipping => self.skip_garbage(bytes),
                _ => {}
            }
            let byte = *bytes.get(self.position)?;
            let step = self.state.step(byte);
            if self.state == State::Between && !matches!(step, Step::Space) {
                self.begin();
            }
            if let Some(kind) = self.take(byte, &step) {
                let (start, end) = (self.start, self.position);
                return Some(Token { kind, start, end, is_plain: self.is_plain, at: self.began });
            }
        }
    }

    /// Where in the buffer the bytes begin that are still needed to go on.
    pub(super) fn needed_from(&self) -> usize {
        match self.state {
            State::Between | State::Skipping => self.position,
            _ => self.start,
        }
    }

    /// Says that this many bytes were taken out of the buffer before [`needed_from`](Lexer::needed_from).
    pub(super) fn moved_down(&mut self, count: usize) {
        self.position = self.position.saturating_sub(count);
        self.start = self.start.saturating_sub(count);
    }

    fn begin(&mut self) {
        self.start = self.position;
        self.is_plain = true;
        self.began = self.at;
        self.began.column += usize::from(self.looked_ahead);
        self.looked_ahead = false;
    }

    fn take(&mut self, byte: u8, step: &Step) -> Option<Kind> {
        let (state, kind) = match *step {
            Step::Space | Step::Resume => (State::Between, None),
            Step::Skip => (State::Skipping, None),
            Step::Continue(_) if self.position - self.start >= self.size_limit => {
                (State::Between, Some(Kind::Overlong))
            }
            Step::Continue(state) => (state, None),
            Step::End(kind) | Step::EndBefore(kind) => (State::Between, Some(kind)),
            Step::Stray => (State::Skipping, Some(Kind::Stray)),
        };
        self.state = state;
        self.looked_ahead = matches!(step, Step::Resume | Step::EndBefore(_));
        if !self.looked_ahead {
            self.pass(byte);
        }
        kind
    }

    /// How many line feeds and bytes 0xFF were passed.
    pub(super) fn marks(&self) -> usize {
        self.marks
    }

    fn pass(&mut self, byte: u8) {
        self.position += 1;
        self.at.column += 1;
        self.is_plain &= byte.is_ascii() && byte != b'\\';
        self.marks += usize::from(matches!(byte, b'\n' | 0xFF));
        if byte == b'\n' {
            self.at = Position { line: self.at.line + 1, column: 1 };
        }
    }

    /// Passes what is plain text at once: strings are what big requests consist of.
    fn skip_text(&mut self, bytes: &[u8], quote: u8) {
        let longest = self.start.saturating_add(self.size_limit).min(bytes.len());
        let text = bytes.get(self.position..longest).unwrap_or_default();
        let is_text = |byte: u8| byte != quote && byte != b'\\' && (0x20..0xFE).contains(&byte);
        let plain = leading(text, |byte| is_text(byte) && byte.is_ascii());
        self.pass_all(plain);
        let rest = text.get(plain..).unwrap_or_default();
        if rest.first().is_some_and(|byte| !byte.is_ascii()) {
            self.is_plain = false;
            self.pass_all(leading(rest, is_text));
        }
    }

    fn skip_garbage(&mut self, bytes: &[u8]) {
        let garbage = bytes.get(self.position..).unwrap_or_default();
        self.pass_all(leading(garbage, |byte| !resumes(byte)));
    }

    /// Passes bytes among which is neither a line feed nor 0xFF.
    fn pass_all(&mut self, count: usize) {
        self.position += count;
        self.at.column += count;
    }
}

impl State {
    fn step(self, byte: u8) -> Step {
        match (self, byte) {
            (State::Between, _) => first(byte),
            (State::Skipping, _) if resumes(byte) => Step::Resume,
            (State::Skipping, _) => Step::Skip,
            (State::Text(quote) | State::Escape(quote), 0x20..=0xFD) => in_text(self, quote, byte),
            (State::Word, b'a'..=b'z') => Step::Continue(State::Word),
            (State::Word, _) => Step::EndBefore(Kind::Word),
            (State::Sign, b'0') => Step::Continue(State::Zero),
            (State::Sign, b'1'..=b'9') | (State::Whole, b'0'..=b'9') => Step::Continue(State::Whole),
            (State::Zero | State::Whole, b'.') => Step::Continue(State::Point),
            (State::Whole | State::Fraction, b'e' | b'E') => Step::Continue(State::Exponent),
            (State::Zero, b'0'..=b'9') => Step::Stray,
            (State::Zero | State::Whole, _) => Step::EndBefore(Kind::Integer),
            (State::Point | State::Fraction, b'0'..=b'9') => Step::Continue(State::Fraction),
            (State::Exponent, b'+' | b'-') => Step::Continue(State::ExponentSign),
            (State::Exponent | State::ExponentSign | State::ExponentDigits, b'0'..=b'9') => {
                Step::Continue(State::ExponentDigits)
            }
            (State::Fraction | State::ExponentDigits, _) => Step::EndBefore(Kind::Double),
            _ => Step::Stray,
        }
    }
}

fn first(byte: u8) -> Step {
    match byte {
        b' ' | b'\t' | b'\n' | b'\r' => Step::Space,
        b'{' => Step::End(Kind::OpenBrace),
        b'}' => Step::End(Kind::CloseBrace),
        b'[' => Step::End(Kind::OpenBracket),
        b']' => Step::End(Kind::CloseBracket),
        b':' => Step::End(Kind::Colon),
        b',' => Step::End(Kind::Comma),
        b'"' | b'\'' => Step::Continue(State::Text(byte)),
        b'-' => Step::Continue(State::Sign),
        b'0' => Step::Continue(State::Zero),
        b'1'..=b'9' => Step::Continue(State::Whole),
        b'a'..=b'z' => Step::Continue(State::Word),
        _ => Step::Stray,
    }
}

/// A byte that may stand in a string; what an escape or a sequence of UTF-8 means is asked when it ends.
fn in_text(state: State, quote: u8, byte: u8) -> Step {
    match (state, byte) {
        (State::Text(_), b'\\') => Step::Continue(State::Escape(quote)),
        (State::Text(_), _) if byte == quote => Step::End(Kind::String),
        _ => Step::Continue(State::Text(quote)),
    }
}

/// Whether garbage ends before `byte`.
fn resumes(byte: u8) -> bool {
    matches!(byte, b'[' | b']' | b'{' | b'}' | b':' | b',' | 0xFE | 0xFF) || byte < 0x20 && byte != b'\t'
}

/// How many bytes at the start of `text` are such as `wanted` says.
fn leading(text: &[u8], wanted: impl Fn(u8) -> bool) -> usize {
    /// So many are looked at without a branch: the compiler makes vector instructions of it.
    const AT_ONCE: usize = 64;
    let all = |chunk: &&[u8]| chunk.iter().fold(true, |all, byte| all & wanted(*byte));
    let chunks = text.chunks_exact(AT_ONCE).take_while(all).count() * AT_ONCE;
    let rest = text.get(chunks..).unwrap_or_default();
    chunks + rest.iter().take_while(|byte| wanted(**byte)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::limit;

    fn check(text: &str, expected: &[(Kind, &str, &str)]) {
        let mut lexer = Lexer::with_size_limit(limit::SIZE);
        let tokens: Vec<Token> = std::iter::from_fn(|| lexer.next(text.as_bytes())).collect();
        let places: Vec<String> = tokens.iter().map(|token| token.at.to_string()).collect();
        let found: Vec<_> = tokens.iter().map(|token| (token.kind, &text[token.start..token.end])).collect();
        let found: Vec<_> =
            found.into_iter().zip(&places).map(|((kind, text), at)| (kind, text, &**at)).collect();
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn a_string_of_ascii_without_escapes_is_known_wherever_it_is_split() {
        let long = "x".repeat(100);
        for (inside, is_plain) in
            [(&*long, true), ("é", false), ("\\n", false), ("\u{7f}'", true), ("", true)]
        {
            let text = format!("\"{inside}{long}{inside}\"");
            for first in 0..text.len() {
                let mut lexer = Lexer::with_size_limit(limit::SIZE);
                assert_eq!(lexer.next(&text.as_bytes()[..first]), None);
                assert_eq!(lexer.next(text.as_bytes()).unwrap().is_plain, is_plain, "{text} at {first}");
            }
        }
    }

    #[test]
    fn numbers_and_words_end_before_the_next_byte() {
        check("1 ", &[(Kind::Integer, "1", "1:1")]);
        check(
            "-0e1 ",
            &[(Kind::Integer, "-0", "1:1"), (Kind::Word, "e", "1:4"), (Kind::Integer, "1", "1:5")],
        );
        check("-1.5E+07,", &[(Kind::Double, "-1.5E+07", "1:1"), (Kind::Comma, ",", "1:10")]);
        check("null[", &[(Kind::Word, "null", "1:1"), (Kind::OpenBracket, "[", "1:6")]);
        check("null", &[]);
    }

    #[test]
    fn strings_end_with_the_quote_that_began_them() {
        check(r#"'"'"'""#, &[(Kind::String, r#"'"'"#, "1:1"), (Kind::String, r#""'""#, "1:4")]);
        check(r#""\\""\"""#, &[(Kind::String, r#""\\""#, "1:1"), (Kind::String, r#""\"""#, "1:5")]);
    }

    #[test]
    fn a_long_string_ends_where_a_short_one_would() {
        for length in 0..200 {
            let text = format!("'{}'", "x".repeat(length));
            check(
                &format!("{text}{{"),
                &[(Kind::String, &text, "1:1"), (Kind::OpenBrace, "{", &format!("1:{}", length + 3))],
            );
        }
    }

    #[test]
    fn lines_and_columns_count_bytes() {
        check(" {\n\r\t]", &[(Kind::OpenBrace, "{", "1:2"), (Kind::CloseBracket, "]", "2:3")]);
        check("'é'  :", &[(Kind::String, "'é'", "1:1"), (Kind::Colon, ":", "1:7")]);
    }

    #[test]
    fn a_byte_that_fits_nothing_is_the_last_of_its_token() {
        for stray in ["01", "-}", "1.}", "1e,", "1e+ ", "+", ".", "N", "\u{7f}", "'a\n", "'\\\u{1}"] {
            check(stray, &[(Kind::Stray, stray, "1:1")]);
        }
    }

    #[test]
    fn garbage_ends_before_a_mark_or_a_control_character() {
        check("@ 1 'x'\t\u{7f}}", &[(Kind::Stray, "@", "1:1"), (Kind::CloseBrace, "}", "1:11")]);
        check("@\u{1}", &[(Kind::Stray, "@", "1:1"), (Kind::Stray, "\u{1}", "1:3")]);
        check("@1\n1 ", &[(Kind::Stray, "@", "1:1"), (Kind::Integer, "1", "2:1")]);
    }

    #[test]
    fn an_overlong_token_is_cut() {
        let text = vec![b'x'; limit::SIZE + 2];
        let at = Position { line: 1, column: limit::SIZE };
        let mut lexer = Lexer {
            state: State::Text(b'"'),
            position: limit::SIZE - 1,
            at,
            ..Lexer::with_size_limit(limit::SIZE)
        };
        let token = lexer.next(&text).unwrap();
        assert_eq!((token.kind, token.start, token.end), (Kind::Overlong, 0, limit::SIZE + 1));
        assert!(lexer.next(&text).is_none());
        assert_eq!((lexer.state, lexer.needed_from()), (State::Word, token.end));
    }
}
