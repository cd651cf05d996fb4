//! What is wrong with a text, in the words that are sent.

use super::limit::Limit;
use std::fmt;

/// Why a value was refused; displays as the complete description that is sent (compat.md A.4).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxError {
    /// A token that is none, or is in the wrong place.
    #[error("{at}: JSON parse error, {problem}")]
    Text {
        /// Where the token began.
        at: Position,
        /// What is wrong with it.
        problem: Problem,
    },
    /// More than is taken from one value.
    #[error(transparent)]
    Limit(#[from] Limit),
}

/// A place in all that was ever fed to a parser; displays as `LINE:COLUMN`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Line feeds before it, plus one.
    pub line: usize,
    /// Bytes from the start of the line, plus one.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// What is wrong with a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A byte fits no token; the text is what was read of the token, with that byte.
    #[error("stray '{0}'")]
    Stray(String),
    /// A bare word other than `true`, `false` and `null`.
    #[error("invalid keyword '{0}'")]
    Keyword(String),
    /// Something else stands where a value must begin.
    #[error("expecting value")]
    NoValue,
    /// Something else stands where a member's name must.
    #[error("expecting key")]
    NoKey,
    /// A member's name is followed by something else.
    #[error("expecting ':'")]
    NoColon,
    /// A member is followed by something else.
    #[error("expected ',' or '}}'")]
    NoCommaOrBrace,
    /// An element is followed by something else.
    #[error("expected ',' or ']'")]
    NoCommaOrBracket,
    /// A member's name occurred before in the same object.
    #[error("duplicate key")]
    RepeatedKey,
    /// A backslash in a string is followed by a character that makes no escape.
    #[error("invalid escape sequence in string")]
    Escape,
    /// A `\u` escape in a string stands for no character; the text is the escape.
    #[error("{0} is not a valid Unicode character")]
    Unicode(String),
    /// A string is not UTF-8, or holds a noncharacter.
    #[error("invalid UTF-8 sequence in string")]
    Utf8,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_problems_of_the_text_tell_where() {
        let at = Position { line: 3, column: 14 };
        let error = SyntaxError::Text { at, problem: Problem::NoCommaOrBrace };
        assert_eq!(error.to_string(), "3:14: JSON parse error, expected ',' or '}'");
        assert_eq!(SyntaxError::from(Limit::Nesting).to_string(), "JSON nesting depth limit exceeded");
    }
}
