//! The buffer between a channel and those who read values.

use super::{
    error::SyntaxError,
    grammar::{Grammar, Outcome},
    lexer::Lexer,
    node::Node,
};

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
    lexer: Lexer,
    grammar: Grammar,
}

/// The least room there is to read into.
const ROOM: usize = 64 << 10;
/// A buffer longer than this goes back when it is mostly empty.
const USUAL: usize = 1 << 20;

impl Parser {
    /// A parser before its first byte.
    pub fn new() -> Parser {
        Parser { buffer: Vec::new(), fed: 0, lexer: Lexer::new(), grammar: Grammar::default() }
    }

    /// Space for the next bytes, at least 64 KiB and more while a big value is being read, so that a channel
    /// can be read into it; say how many there are with [`filled`](Parser::filled).
    pub fn room(&mut self) -> &mut [u8] {
        self.grammar.release();
        self.drop_used();
        self.resize();
        self.buffer.get_mut(self.fed..).unwrap_or_default()
    }

    /// Says that so many bytes were written to the start of [`room`](Parser::room).
    pub fn filled(&mut self, count: usize) {
        self.fed = self.fed.saturating_add(count).min(self.buffer.len());
    }

    /// Takes a copy of `bytes`.
    pub fn feed(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let room = self.room();
            let count = room.len().min(rest.len());
            let (now, later) = rest.split_at(count);
            room.iter_mut().zip(now).for_each(|(to, from)| *to = *from);
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

    /// Whether there are bytes that [`next`](Parser::next) has not looked at.
    pub fn has_more(&self) -> bool {
        self.lexer.position() < self.fed
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

    fn resize(&mut self) {
        let (least, most) = (self.fed + ROOM, self.fed.saturating_mul(4).max(USUAL));
        if self.buffer.len() < least {
            self.buffer.resize(self.fed + ROOM.max(self.fed / 2), 0);
        } else if self.buffer.len() > most {
            self.buffer.truncate(least);
            self.buffer.shrink_to_fit();
        }
    }
}

impl Default for Parser {
    fn default() -> Parser {
        Parser::new()
    }
}
