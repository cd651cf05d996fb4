//! A value that was read, where it lies.

use super::text::{self, Form};
use std::{borrow::Cow, fmt};

/// What the parser notes of a value: an entry for each scalar and name, and one before those of a container.
#[derive(Debug, Clone, Copy)]
pub(super) enum Entry {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    /// Where in the buffer the text is, without its quotes.
    String {
        form: Form,
        start: usize,
        end: usize,
    },
    /// How many entries those of the elements are, down to the last leaf.
    Array {
        inside: usize,
    },
    /// The same for names and values, which take turns.
    Object {
        inside: usize,
    },
}

impl Entry {
    fn inside(self) -> usize {
        match self {
            Entry::Array { inside } | Entry::Object { inside } => inside,
            _ => 0,
        }
    }
}

/// A value or a part of one, borrowed from the parser that read it. A copy costs nothing.
#[derive(Clone, Copy)]
pub struct Node<'a> {
    bytes: &'a [u8],
    /// Begins with this value's entry; what comes after its last is not its own.
    tape: &'a [Entry],
}

/// What a [`Node`] is.
#[derive(Debug, Clone)]
pub enum Kind<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number that fits an `i64`.
    Int(i64),
    /// A whole number beyond `i64` that fits a `u64`.
    Uint(u64),
    /// Any other number; infinite if it is beyond all doubles.
    Double(f64),
    /// Text, borrowed unless it was sent with escapes.
    String(Cow<'a, str>),
    /// A list.
    Array(Elements<'a>),
    /// Members with distinct names, in the order in which they were sent.
    Object(Members<'a>),
}

impl<'a> Node<'a> {
    pub(super) fn new(bytes: &'a [u8], tape: &'a [Entry]) -> Node<'a> {
        Node { bytes, tape }
    }

    /// How many bytes of text it holds, names included.
    pub fn text_size(self) -> usize {
        let mine = self.tape.first().map_or(0, |entry| entry.inside() + 1);
        let entries = self.tape.iter().take(mine);
        entries.map(|entry| if let Entry::String { start, end, .. } = entry { end - start } else { 0 }).sum()
    }

    /// The bytes of the text that this is, if it is text.
    pub fn text(self) -> Option<Cow<'a, [u8]>> {
        match *self.tape.first()? {
            Entry::String { form: Form::Plain, start, end } => self.bytes.get(start..end).map(Cow::Borrowed),
            _ => match self.kind() {
                Kind::String(text) => Some(Cow::Owned(text.into_owned().into_bytes())),
                _ => None,
            },
        }
    }

    /// What this is. Text with escapes is decoded anew at each call.
    pub fn kind(self) -> Kind<'a> {
        let (entry, rest) = self.tape.split_first().unwrap_or((&Entry::Null, &[]));
        let inside = rest.get(..entry.inside()).unwrap_or_default();
        match *entry {
            Entry::Null => Kind::Null,
            Entry::Bool(value) => Kind::Bool(value),
            Entry::Int(value) => Kind::Int(value),
            Entry::Uint(value) => Kind::Uint(value),
            Entry::Double(value) => Kind::Double(value),
            Entry::String { form, start, end } => {
                Kind::String(text::decode(self.bytes.get(start..end).unwrap_or_default(), form))
            }
            Entry::Array { .. } => Kind::Array(Elements::new(self.bytes, inside)),
            Entry::Object { .. } => Kind::Object(Members::new(self.bytes, inside)),
        }
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind().fmt(f)
    }
}

/// The elements of a list.
#[derive(Clone)]
pub struct Elements<'a> {
    rest: Node<'a>,
}

impl<'a> Elements<'a> {
    fn new(bytes: &'a [u8], inside: &'a [Entry]) -> Elements<'a> {
        Elements { rest: Node::new(bytes, inside) }
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Node<'a>;

    fn next(&mut self) -> Option<Node<'a>> {
        let element = self.rest;
        let (entry, rest) = element.tape.split_first()?;
        self.rest.tape = rest.get(entry.inside()..).unwrap_or_default();
        Some(element)
    }
}

impl fmt::Debug for Elements<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// The members of an object.
#[derive(Clone)]
pub struct Members<'a> {
    names_and_values: Elements<'a>,
}

impl<'a> Members<'a> {
    pub(super) fn new(bytes: &'a [u8], inside: &'a [Entry]) -> Members<'a> {
        Members { names_and_values: Elements::new(bytes, inside) }
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (Cow<'a, str>, Node<'a>);

    fn next(&mut self) -> Option<(Cow<'a, str>, Node<'a>)> {
        let name = self.names_and_values.next()?;
        let value = self.names_and_values.next()?;
        match name.kind() {
            Kind::String(name) => Some((name, value)),
            _ => None,
        }
    }
}

impl fmt::Debug for Members<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.clone()).finish()
    }
}
