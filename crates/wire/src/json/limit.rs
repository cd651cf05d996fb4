//! What is counted while a value is read: open brackets, and what may be asked of the agent's memory.

use super::lexer::{Kind, Token};

/// The most brackets and braces that may be open at once.
pub(super) const NESTING: i64 = 1024;
/// The most tokens of one value.
pub(super) const TOKENS: usize = 2 << 20;
/// All tokens of one value together have fewer bytes, unless the parser was told otherwise; a token that grows
/// beyond is not read to its end.
pub(super) const SIZE: usize = 64 << 20;

/// More than is taken from one value (compat.md A.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    /// More than 1024 open brackets and braces.
    #[error("JSON nesting depth limit exceeded")]
    Nesting,
    /// More than 2097152 tokens.
    #[error("JSON token count limit exceeded")]
    Tokens,
    /// 64 MiB of tokens or more, or what the parser was told; space between them does not count.
    #[error("JSON token size limit exceeded")]
    Size,
}

/// The counts of one value so far.
#[derive(Debug)]
pub(super) struct Counts {
    size_limit: usize,
    braces: i64,
    brackets: i64,
    tokens: usize,
    size: usize,
}

impl Default for Counts {
    fn default() -> Counts {
        Counts::with_size_limit(SIZE)
    }
}

impl Counts {
    pub(super) fn with_size_limit(size_limit: usize) -> Counts {
        Counts { size_limit, braces: 0, brackets: 0, tokens: 0, size: 0 }
    }

    /// Begins anew, with the same limit.
    pub(super) fn reset(&mut self) {
        *self = Counts::with_size_limit(self.size_limit);
    }

    pub(super) fn add(&mut self, token: &Token) {
        self.tokens = self.tokens.saturating_add(1);
        self.size = self.size.saturating_add(token.end - token.start);
        match token.kind {
            Kind::OpenBrace => self.braces += 1,
            Kind::CloseBrace => self.braces -= 1,
            Kind::OpenBracket => self.brackets += 1,
            Kind::CloseBracket => self.brackets -= 1,
            _ => {}
        }
    }

    /// Whether the value ends here, right or wrong. The two kinds are counted apart, and one too many of
    /// either ends a value, too: `{]` is over, `{[}` is not.
    pub(super) fn balanced(&self) -> bool {
        let inside = self.braces > 0 || self.brackets > 0;
        !(inside && self.braces >= 0 && self.brackets >= 0)
    }

    pub(super) fn check(&self) -> Result<(), Limit> {
        if self.size >= self.size_limit {
            Err(Limit::Size)
        } else if self.tokens > TOKENS {
            Err(Limit::Tokens)
        } else if self.braces + self.brackets > NESTING {
            Err(Limit::Nesting)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Position;

    fn token(kind: Kind, size: usize) -> Token {
        Token { kind, start: 7, end: 7 + size, is_plain: true, at: Position { line: 1, column: 1 } }
    }

    fn check(tokens: impl IntoIterator<Item = Token>, expected: Result<(), Limit>) {
        let mut counts = Counts::default();
        tokens.into_iter().for_each(|token| counts.add(&token));
        assert_eq!(counts.check(), expected);
    }

    #[test]
    fn brackets_and_braces_are_counted_together() {
        let nested = |depth| [Kind::OpenBrace, Kind::OpenBracket].into_iter().cycle().take(depth);
        check(nested(1024).map(|kind| token(kind, 1)), Ok(()));
        check(nested(1025).map(|kind| token(kind, 1)), Err(Limit::Nesting));
    }

    #[test]
    fn every_mark_is_a_token() {
        check(std::iter::repeat_n(token(Kind::Comma, 1), 2_097_152), Ok(()));
        check(std::iter::repeat_n(token(Kind::Comma, 1), 2_097_153), Err(Limit::Tokens));
    }

    #[test]
    fn marks_and_quotes_count_as_size() {
        let list =
            |size| [token(Kind::OpenBracket, 1), token(Kind::String, size), token(Kind::CloseBracket, 1)];
        check(list(67_108_861), Ok(()));
        check(list(67_108_862), Err(Limit::Size));
    }
}
