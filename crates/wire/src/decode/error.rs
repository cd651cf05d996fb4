use serde::de;
use std::fmt::{self, Display};

/// What is wrong with an argument, in the words of QAPI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArgumentError {
    text: String,
    /// The text is about the value being looked at, and lacks its path.
    at: Option<Missing>,
}

/// What a text lacks when serde makes it: only the decoder knows the path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Missing {
    WrongType,
    WrongValue,
}

impl ArgumentError {
    fn new(text: String) -> ArgumentError {
        ArgumentError { text, at: None }
    }

    /// The same with the path that it lacked.
    pub(super) fn at(self, path: &Path<'_>) -> ArgumentError {
        match self.at {
            None => self,
            Some(Missing::WrongType) => path.wrong_type(&self.text),
            Some(Missing::WrongValue) => {
                ArgumentError::new(format!("Parameter '{path}' does not accept value '{}'", self.text))
            }
        }
    }
}

impl Display for ArgumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for ArgumentError {}

impl de::Error for ArgumentError {
    fn custom<T: Display>(text: T) -> ArgumentError {
        ArgumentError::new(text.to_string())
    }

    fn invalid_type(_unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> ArgumentError {
        ArgumentError { text: expected.to_string(), at: Some(Missing::WrongType) }
    }

    fn invalid_value(_unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> ArgumentError {
        ArgumentError { text: expected.to_string(), at: Some(Missing::WrongType) }
    }

    fn unknown_variant(word: &str, _expected: &'static [&'static str]) -> ArgumentError {
        ArgumentError { text: word.to_owned(), at: Some(Missing::WrongValue) }
    }
}

/// Where a value stands: a chain from the value out to the arguments.
#[derive(Clone, Copy, Default)]
pub(super) struct Path<'p> {
    outer: Option<&'p Path<'p>>,
    step: Step<'p>,
}

#[derive(Clone, Copy, Default)]
enum Step<'p> {
    #[default]
    Arguments,
    Member(&'p str),
    Element(usize),
}

impl<'p> Path<'p> {
    pub(super) fn member(&'p self, name: &'p str) -> Path<'p> {
        Path { outer: Some(self), step: Step::Member(name) }
    }

    pub(super) fn element(&'p self, index: usize) -> Path<'p> {
        Path { outer: Some(self), step: Step::Element(index) }
    }

    pub(super) fn missing(&self) -> ArgumentError {
        ArgumentError::new(format!("Parameter '{self}' is missing"))
    }

    pub(super) fn unexpected(&self) -> ArgumentError {
        ArgumentError::new(format!("Parameter '{self}' is unexpected"))
    }

    pub(super) fn expects(&self, kind: &str) -> ArgumentError {
        ArgumentError::new(format!("Parameter '{self}' expects {kind}"))
    }

    pub(super) fn wrong_type(&self, expected: &str) -> ArgumentError {
        ArgumentError::new(format!("Invalid parameter type for '{self}', expected: {expected}"))
    }
}

impl Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(outer) = self.outer {
            outer.fmt(f)?;
        }
        match (self.step, self.outer.map(|outer| outer.step)) {
            (Step::Arguments, _) => Ok(()),
            (Step::Member(name), Some(Step::Member(_) | Step::Element(_))) => write!(f, ".{name}"),
            (Step::Member(name), _) => f.write_str(name),
            (Step::Element(index), _) => write!(f, "[{index}]"),
        }
    }
}
