//! The buffer between a channel and those who read values.

use super::{
    error::SyntaxError,
    grammar::{Grammar, Outcome},
    lexer::Lexer,
    limit,
    node::Node,
};
use std::collections::TryReserveError;

/// Reads values from bytes as they arrive, split anywhere.
///
/// ```
/// use qga_wire::json::Parser;
///
/// let mut parser = Parser::new();
/// parser.feed(b"{'execute': 'guest-pi");
/// assert!(parser.next().is_none());
/// parser.feed(b"ng'} }");
/// assert_eq!(format!("{:?}", parser.next().unwrap().unwrap()), r#"Object({"execute": String("guest-ping")})"#);
/// assert_eq!(parser.next().unwrap().unwrap_err().to_string(), "1:27: JSON parse error, expecting value");
/// assert!(parser.next().is_none());
/// ```
///
/// It takes time in proportion to the bytes. Between values it holds no more than a mebibyte; the limits of
/// compat.md A.3 are those of the memory that one value can take.
#[derive(Debug)]
pub struct Parser {
    /// As long as there is room; what was fed is at its start.
    buffer: Vec<u8>,
    fed: usize,
    /// Whether all room there was has been filled at once.
    was_full: bool,
    lexer: Lexer,
    grammar: Grammar,
}

/// The least room there is to read into, but for who has only been fed little at a time.
const ROOM: usize = 64 << 10;
/// The room for those.
const FIRST_ROOM: usize = 4 << 10;
/// A buffer longer than this goes back when it is mostly empty.
const USUAL: usize = 1 << 20;

impl Parser {
    /// A parser before its first byte.
    pub fn new() -> Parser {
        Parser::with_size_limit(limit::SIZE)
    }

    /// A parser that takes values whose tokens have less than so many bytes.
    fn with_size_limit(bytes: usize) -> Parser {
        let (lexer, grammar) = (Lexer::with_size_limit(bytes), Grammar::with_size_limit(bytes));
        Parser { buffer: Vec::new(), fed: 0, was_full: false, lexer, grammar }
    }

    /// A parser that was fed `bytes`, which are not copied. It takes values of any size: for those who bound what they
    /// read themselves, and may be sent more than an agent may.
    pub fn holding(bytes: Vec<u8>) -> Parser {
        Parser { fed: bytes.len(), buffer: bytes, ..Parser::with_size_limit(usize::MAX) }
    }

    /// Space for the next bytes, so that a channel can be read into it: 4 KiB at first, 64 KiB as soon as that
    /// was filled at once, and more while a big value is being read. Say how many bytes there are with
    /// [`filled`](Parser::filled). An error means that there is no memory for it.
    pub fn room(&mut self) -> Result<&mut [u8], TryReserveError> {
        self.grammar.release();
        self.drop_used();
        self.resize()?;
        Ok(self.buffer.get_mut(self.fed..).unwrap_or_default())
    }

    /// Says that so many bytes were written to the start of [`room`](Parser::room).
    pub fn filled(&mut self, count: usize) {
        self.fed = self.fed.saturating_add(count).min(self.buffer.len());
        self.was_full |= self.fed == self.buffer.len();
    }

    /// Takes a copy of `bytes`; those that there is no memory for are lost.
    pub fn feed(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let Ok(room) = self.room() else { return };
            let count = room.len().min(rest.len());
            let (now, later) = rest.split_at(count);
            room.split_at_mut(count).0.copy_from_slice(now);
            self.filled(count);
            rest = later;
        }
    }

    /// The next value, or what is wrong with it; `None` when it takes more bytes to tell. The value lasts
    /// until the parser is used again.
    #[expect(clippy::should_implement_trait, reason = "an iterator's items cannot borrow from it")]
    pub fn next(&mut self) -> Option<Result<Node<'_>, SyntaxError>> {
        self.grammar.release();
        let bytes = self.buffer.get(..self.fed).unwrap_or_default();
        loop {
            let token = self.lexer.next(bytes)?;
            match self.grammar.take(&token, bytes) {
                Outcome::More => {}
                Outcome::Wrong(error) => return Some(Err(error)),
                Outcome::Complete => return Some(Ok(Node::new(bytes, self.grammar.tape()))),
            }
        }
    }

    /// How many marks of a new beginning were read so far: line feeds and bytes 0xFF.
    pub fn marks(&self) -> usize {
        self.lexer.marks()
    }

    /// Closes the gap between the text that is on the tape and the token being read. Only a gap that is at
    /// least as long as what has to move is closed: so no byte is moved more often than others were read, and
    /// a value with endless space in it takes no endless memory.
    fn drop_used(&mut self) {
        let (gap_start, gap_end) = (self.grammar.needed_to(), self.lexer.needed_from());
        let gap = gap_end - gap_start;
        if gap >= self.fed - gap_end {
            self.buffer.copy_within(gap_end..self.fed, gap_start);
            self.fed -= gap;
            self.lexer.moved_down(gap);
        }
    }

    fn resize(&mut self) -> Result<(), TryReserveError> {
        let room = if self.was_full { ROOM } else { FIRST_ROOM };
        let (least, most) = (self.fed + room, self.fed.saturating_mul(4).max(USUAL));
        if self.buffer.len() < least {
            let grown = self.fed + room.max(self.fed / 2);
            self.buffer.try_reserve_exact(grown - self.buffer.len())?;
            self.buffer.resize(grown, 0);
        } else if self.buffer.len() > most {
            self.buffer.truncate(least);
            self.buffer.shrink_to_fit();
        }
        Ok(())
    }
}

impl Default for Parser {
    fn default() -> Parser {
        Parser::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Kind, Value};
    use std::borrow::Cow;

    #[test]
    fn a_request_is_complete_with_its_last_brace_and_not_before() {
        let text = "{'execute': 'é\\u00e9', 'id': -1.5e3}";
        let mut parser = Parser::new();
        for byte in &text.as_bytes()[..text.len() - 1] {
            parser.feed(&[*byte]);
            assert!(parser.next().is_none());
        }
        parser.feed(b"}");
        let expected = [
            ("execute".to_owned(), Value::String("éé".to_owned())),
            ("id".to_owned(), Value::Double(-1500.0)),
        ];
        assert_eq!(Value::from(parser.next().unwrap().unwrap()), Value::Object(expected.to_vec()));
        assert!(parser.next().is_none());
    }

    #[test]
    fn a_value_lies_where_the_channel_put_it() {
        let mut parser = Parser::new();
        let room = parser.room().unwrap();
        room[..6].copy_from_slice(b"['ab']");
        let there = room[2..4].as_ptr();
        parser.filled(6);
        let Kind::Array(mut elements) = parser.next().unwrap().unwrap().kind() else { panic!() };
        let Kind::String(Cow::Borrowed(text)) = elements.next().unwrap().kind() else { panic!() };
        assert_eq!((text, text.as_ptr()), ("ab", there));
    }

    #[test]
    fn more_cannot_be_filled_than_there_is_room() {
        let mut parser = Parser::new();
        parser.room().unwrap().fill(b' ');
        parser.filled(usize::MAX);
        assert!(parser.next().is_none());
    }

    #[test]
    fn what_was_fed_unasked_is_not_lost() {
        let mut parser = Parser::new();
        for _ in 0..100_000 {
            parser.feed(b"[1]");
        }
        for _ in 0..100_000 {
            assert!(parser.next().unwrap().is_ok());
        }
        assert!(parser.next().is_none());
    }

    #[test]
    fn room_grows_with_a_big_value_and_shrinks_after_it() {
        let mut parser = Parser::new();
        parser.feed(b"'");
        for _ in 0..32 {
            parser.feed(&vec![b'x'; ROOM]);
            assert!(parser.next().is_none());
        }
        assert!(parser.buffer.capacity() < 4 << 20);
        parser.feed(b"'");
        assert!(parser.next().unwrap().is_ok());
        assert!(parser.room().unwrap().len() >= ROOM);
        assert!(parser.buffer.capacity() <= USUAL);
    }

    #[test]
    fn small_requests_take_little_room() {
        let mut parser = Parser::new();
        for _ in 0..2 {
            assert_eq!(parser.room().unwrap().len(), FIRST_ROOM);
            parser.feed(b"[]\n");
            assert!(parser.next().unwrap().is_ok() && parser.next().is_none());
        }
        parser.feed(&[b' '; FIRST_ROOM]);
        assert!(parser.next().is_none());
        assert_eq!(parser.room().unwrap().len(), ROOM);
    }

    #[test]
    fn a_limit_of_its_own_holds_for_each_value_alike() {
        for limit in [8, 9] {
            let mut parser = Parser::with_size_limit(limit);
            for _ in 0..2 {
                parser.feed(b"['1234']");
                assert_eq!(parser.next().unwrap().is_ok(), limit > 8);
            }
        }
    }

    #[test]
    fn space_inside_a_value_takes_no_memory() {
        let mut parser = Parser::new();
        parser.feed(b"{'a': 'b',");
        for _ in 0..1000 {
            parser.feed(&[b'\n'; 4096]);
            assert!(parser.next().is_none());
        }
        assert!(parser.buffer.capacity() <= USUAL);
        parser.feed(b"'c': 'd'}");
        assert_eq!(
            format!("{:?}", parser.next().unwrap().unwrap()),
            r#"Object({"a": String("b"), "c": String("d")})"#
        );
        parser.feed(b"}");
        assert_eq!(
            parser.next().unwrap().unwrap_err().to_string(),
            "4096001:10: JSON parse error, expecting value"
        );
    }

    #[test]
    fn the_deepest_value_can_be_copied() {
        let mut parser = Parser::new();
        parser.feed(&[b"[".repeat(1024), b"]".repeat(1024)].concat());
        let value = Value::from(parser.next().unwrap().unwrap());
        assert!(matches!(value, Value::Array(elements) if elements.len() == 1));
    }
}
