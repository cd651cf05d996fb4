//! What is counted while a value is read: open brackets, and what may be asked of the agent's memory.

use super::lexer::{Kind, Token};

/// The most brackets and braces that may be open at once.
pub(super) const NESTING: i64 = 1024;
/// The most tokens of one value.
pub(super) const TOKENS: usize = 2 << 20;
/// The most bytes of one token, and of all tokens of one value together.
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
    /// More than 64 MiB of tokens; space between them does not count.
    #[error("JSON token size limit exceeded")]
    Size,
}

/// The counts of one value so far.
#[derive(Debug, Default)]
pub(super) struct Counts {
    braces: i64,
    brackets: i64,
    tokens: usize,
    size: usize,
}

impl Counts {
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
        if self.size > SIZE {
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
