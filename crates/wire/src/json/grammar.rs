//! Tokens to a tape, and what becomes of a value after its first wrong token.

use super::{
    error::{Problem, SyntaxError},
    keys::Keys,
    lexer::{Kind, Token},
    limit::Counts,
    lossy,
    node::Entry,
    text::{self, Form},
};

/// Reads one value after another from tokens.
#[derive(Debug, Default)]
pub(super) struct Grammar {
    tape: Vec<Entry>,
    open: Vec<Container>,
    expected: Expected,
    counts: Counts,
    progress: Progress,
    /// Where in the buffer the last text ends that the tape points to.
    text_end: usize,
}

/// What a token means to the value that is being read.
pub(super) enum Outcome {
    /// It goes on, or has not begun.
    More,
    /// It is complete and stays until [`Grammar::release`].
    Complete,
    /// It is wrong, and the rest of it will be swallowed.
    Wrong(SyntaxError),
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Progress {
    #[default]
    Reading,
    /// An error was answered; tokens count for nothing until the brackets balance.
    Swallowing,
    Complete,
}

#[derive(Debug, Clone, Copy, Default)]
enum Expected {
    #[default]
    Value,
    ElementOrEnd,
    CommaOrEndOfArray,
    KeyOrEnd,
    Key,
    Colon,
    CommaOrEndOfObject,
}

#[derive(Debug)]
struct Container {
    /// Where on the tape its entry is.
    entry: usize,
    kind: ContainerKind,
}

#[derive(Debug)]
enum ContainerKind {
    Array,
    Object {
        keys: Keys,
        /// Where on the tape the name of the last member is.
        last: usize,
    },
}

impl Grammar {
    pub(super) fn with_size_limit(size_limit: usize) -> Grammar {
        Grammar { counts: Counts::with_size_limit(size_limit), ..Grammar::default() }
    }

    /// Takes the next token, which is in `bytes`.
    pub(super) fn take(&mut self, token: &Token, bytes: &[u8]) -> Outcome {
        if token.kind == Kind::Stray {
            return self.take_stray(token, bytes);
        }
        self.counts.add(token);
        let result = match self.progress {
            Progress::Swallowing => Ok(()),
            _ => self.accept(token, bytes),
        };
        let right = result.is_ok() && self.progress == Progress::Reading;
        match (self.counts.balanced(), right) {
            (true, true) => {
                self.progress = Progress::Complete;
                return Outcome::Complete;
            }
            (true, false) => self.reset(),
            (false, true) => {}
            (false, false) => self.swallow(),
        }
        result.map_or_else(Outcome::Wrong, |()| Outcome::More)
    }

    /// The complete value.
    pub(super) fn tape(&self) -> &[Entry] {
        &self.tape
    }

    /// Where in the buffer those bytes end that are still needed.
    pub(super) fn needed_to(&self) -> usize {
        self.text_end
    }

    /// Forgets the complete value, if there is one.
    pub(super) fn release(&mut self) {
        if self.progress == Progress::Complete {
            self.reset();
        }
    }

    /// Forgets the value being read, and gives back memory that only an unusual one needs.
    fn reset(&mut self) {
        const USUAL: usize = 4096;
        self.drop_value();
        self.tape.shrink_to(USUAL);
        self.counts.reset();
        self.progress = Progress::Reading;
    }

    fn swallow(&mut self) {
        self.drop_value();
        self.progress = Progress::Swallowing;
    }

    fn drop_value(&mut self) {
        self.tape.clear();
        self.open.clear();
        self.expected = Expected::Value;
        self.text_end = 0;
    }

    /// Garbage ends whatever is being read, and silently ends the swallowing of it.
    fn take_stray(&mut self, token: &Token, bytes: &[u8]) -> Outcome {
        let known = self.progress == Progress::Swallowing;
        self.reset();
        if known {
            return Outcome::More;
        }
        // The reference shows it as a C string, which a NUL ends; it can only be the last byte.
        let text = token.text(bytes);
        let shown = text.strip_suffix(b"\0").unwrap_or(text);
        Outcome::Wrong(SyntaxError::Text { at: token.at, problem: Problem::Stray(lossy::text(shown)) })
    }

    fn accept(&mut self, token: &Token, bytes: &[u8]) -> Result<(), SyntaxError> {
        self.counts.check()?;
        self.place(token, bytes).map_err(|problem| SyntaxError::Text { at: token.at, problem })
    }

    fn place(&mut self, token: &Token, bytes: &[u8]) -> Result<(), Problem> {
        match (self.expected, token.kind) {
            (Expected::KeyOrEnd | Expected::CommaOrEndOfObject, Kind::CloseBrace)
            | (Expected::ElementOrEnd | Expected::CommaOrEndOfArray, Kind::CloseBracket) => self.close(bytes),
            (Expected::KeyOrEnd | Expected::Key, Kind::String) => self.key(token, bytes),
            (Expected::Value | Expected::ElementOrEnd, _) => self.value(token, bytes),
            (Expected::Colon, Kind::Colon) | (Expected::CommaOrEndOfArray, Kind::Comma) => {
                self.expect(Expected::Value)
            }
            (Expected::CommaOrEndOfObject, Kind::Comma) => self.expect(Expected::Key),
            (Expected::KeyOrEnd | Expected::Key, _) => Err(Problem::NoKey),
            (Expected::Colon, _) => Err(Problem::NoColon),
            (Expected::CommaOrEndOfArray, _) => Err(Problem::NoCommaOrBracket),
            (Expected::CommaOrEndOfObject, _) => Err(Problem::NoCommaOrBrace),
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "an arm of the table of expectations")]
    fn expect(&mut self, expected: Expected) -> Result<(), Problem> {
        self.expected = expected;
        Ok(())
    }

    fn key(&mut self, token: &Token, bytes: &[u8]) -> Result<(), Problem> {
        let name = self.string(token, bytes)?;
        if let Some(Container { kind: ContainerKind::Object { last, .. }, .. }) = self.open.last_mut() {
            *last = self.tape.len();
        }
        self.tape.push(name);
        self.expect(Expected::Colon)
    }

    fn value(&mut self, token: &Token, bytes: &[u8]) -> Result<(), Problem> {
        let scalar = match token.kind {
            Kind::OpenBracket => {
                self.open(Entry::Array { inside: 0 }, ContainerKind::Array);
                return self.expect(Expected::ElementOrEnd);
            }
            Kind::OpenBrace => {
                self.open(
                    Entry::Object { inside: 0 },
                    ContainerKind::Object { keys: Keys::default(), last: 0 },
                );
                return self.expect(Expected::KeyOrEnd);
            }
            Kind::String => self.string(token, bytes)?,
            Kind::Integer | Kind::Double => number(token.kind, &String::from_utf8_lossy(token.text(bytes))),
            Kind::Word => keyword(token.text(bytes))?,
            _ => return Err(Problem::NoValue),
        };
        self.tape.push(scalar);
        self.end_value(bytes)
    }

    fn open(&mut self, entry: Entry, kind: ContainerKind) {
        self.open.push(Container { entry: self.tape.len(), kind });
        self.tape.push(entry);
    }

    fn close(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        let Some(container) = self.open.pop() else { return Err(Problem::NoValue) };
        let end = self.tape.len();
        if let Some(Entry::Array { inside } | Entry::Object { inside }) = self.tape.get_mut(container.entry) {
            *inside = end - container.entry - 1;
        }
        self.end_value(bytes)
    }

    /// What comes after a value depends on what it is in. A repeated name is only found here, as in the
    /// reference.
    fn end_value(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        match self.open.last_mut() {
            None => self.expect(Expected::Value),
            Some(Container { kind: ContainerKind::Array, .. }) => self.expect(Expected::CommaOrEndOfArray),
            Some(Container { entry, kind: ContainerKind::Object { keys, last } }) => {
                let members = self.tape.get(*entry + 1..*last).unwrap_or_default();
                let name = self.tape.get(*last..).unwrap_or_default();
                if keys.repeats(bytes, members, name) {
                    return Err(Problem::RepeatedKey);
                }
                self.expect(Expected::CommaOrEndOfObject)
            }
        }
    }

    fn string(&mut self, token: &Token, bytes: &[u8]) -> Result<Entry, Problem> {
        let [_, inside @ .., quote] = token.text(bytes) else { return Err(Problem::NoValue) };
        let form = if token.is_plain { Form::Plain } else { text::check(inside, *quote)? };
        self.text_end = token.end;
        Ok(Entry::String { form, start: token.start + 1, end: token.end - 1 })
    }
}

/// A whole number becomes the first type of these that holds it: `i64`, `u64`, `f64`.
fn number(kind: Kind, text: &str) -> Entry {
    let whole = match kind {
        Kind::Integer => text.parse().map(Entry::Int).or_else(|_| text.parse().map(Entry::Uint)).ok(),
        _ => None,
    };
    whole.unwrap_or_else(|| Entry::Double(text.parse().unwrap_or(f64::NAN)))
}

fn keyword(word: &[u8]) -> Result<Entry, Problem> {
    match word {
        b"null" => Ok(Entry::Null),
        b"true" => Ok(Entry::Bool(true)),
        b"false" => Ok(Entry::Bool(false)),
        _ => Err(Problem::Keyword(lossy::text(word))),
    }
}

#[cfg(test)]
mod tests {
    use crate::json::{Parser, Value};

    fn check(text: &str, expected: &[&str]) {
        let mut parser = Parser::new();
        parser.feed(text.as_bytes());
        let mut found = Vec::new();
        while let Some(answer) = parser.next() {
            found.push(match answer {
                Ok(node) => serde_json::to_string(&Value::from(node)).unwrap(),
                Err(error) => error.to_string().replace("JSON parse error, ", ""),
            });
        }
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn values_of_every_kind_are_read() {
        check("[] {} [{}, [[]]] ", &["[]", "{}", "[{},[[]]]"]);
        check(
            r#"{"a": [1, -2.5, 'b'], "c": {"d": null, "e": true}}"#,
            &[r#"{"a":[1,-2.5,"b"],"c":{"d":null,"e":true}}"#],
        );
        check("1true'x'2 ", &["1", "true", "\"x\"", "2"]);
    }

    #[test]
    fn whole_numbers_are_doubles_only_when_too_big() {
        check("-0 -0.0 1e0 ", &["0", "-0.0", "1.0"]);
        check("9223372036854775807 9223372036854775808 ", &["9223372036854775807", "9223372036854775808"]);
        check(
            "18446744073709551615 18446744073709551616 ",
            &["18446744073709551615", "1.8446744073709552e+19"],
        );
        check(
            "-9223372036854775808 -9223372036854775809 ",
            &["-9223372036854775808", "-9.223372036854776e+18"],
        );
    }

    #[test]
    fn the_first_wrong_token_is_answered_and_the_rest_swallowed() {
        check("{1:[2,'a' 'b',{'\\q':tru}]} 3 ", &["1:2: expecting key", "3"]);
        check("[1,2 3,[4 5],6] [7]", &["1:6: expected ',' or ']'", "[7]"]);
        check("{'a':foo,'b':", &["1:6: invalid keyword 'foo'"]);
    }

    #[test]
    fn swallowing_counts_braces_and_brackets_apart() {
        check("{]1 ", &["1:2: expecting key", "1"]);
        check("[}1 ", &["1:2: expecting value", "1"]);
        check("{'a':[1,2}{}]3 ", &["1:11: expected ',' or ']'", "3"]);
    }

    #[test]
    fn garbage_ends_swallowing_silently() {
        check("[1 2\u{1}]3 ", &["1:4: expected ',' or ']'", "1:7: expecting value", "3"]);
        check("[1 2\u{1}\u{1}]", &["1:4: expected ',' or ']'", "1:7: stray '\u{1}'", "1:8: expecting value"]);
    }

    #[test]
    fn a_repeated_name_is_found_at_the_end_of_its_value() {
        check("{'a':[1],'a':[2,3]}1 ", &["1:19: duplicate key", "1"]);
        check(r"{'a':1,'\u0061' : 'x'}", &["1:19: duplicate key"]);
        check("{'a':{'a':{'a':1}},'b':[{'a':1}]}", &[r#"{"a":{"a":{"a":1}},"b":[{"a":1}]}"#]);
    }

    #[test]
    fn strings_are_only_looked_into_where_they_may_stand() {
        check(r"['a' '\q']", &["1:6: expected ',' or ']'"]);
        check(r"['\q']", &["1:2: invalid escape sequence in string"]);
        check(r"{'\q':1}", &["1:2: invalid escape sequence in string"]);
    }
}
