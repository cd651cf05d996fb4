mod words;

use std::fmt;
use std::io;

/// What was being done, to what, and why it did not work: `cannot open /etc/shadow: Permission denied`.
///
/// The text is the one that compat.md B.3 lists for the command that meets the error.
#[derive(Debug)]
pub struct Error {
    doing: String,
    source: Option<io::Error>,
}

/// What a function of this crate gives.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// `doing` names the act and its object, without a colon at the end.
    pub fn new(doing: impl Into<String>, source: impl Into<io::Error>) -> Error {
        Error { doing: doing.into(), source: Some(source.into()) }
    }

    /// An error of which `text` says all: the reason did not come from the system.
    pub fn told(text: impl Into<String>) -> Error {
        Error { doing: text.into(), source: None }
    }

    /// What the system said, if it said anything.
    pub fn reason(&self) -> Option<&io::Error> {
        self.source.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Some(source) => write!(out, "{}: {}", self.doing, strerror(source)),
            None => out.write_str(&self.doing),
        }
    }
}

/// The text says the reason already, so there is no source to repeat it.
impl std::error::Error for Error {}

/// The GNU C library's sentence for an error, without the number that Rust adds.
pub fn strerror(error: &io::Error) -> String {
    let text = error.to_string();
    let Some(number) = error.raw_os_error() else { return text };
    if let Some(words) = words::of(number) {
        return words.to_owned();
    }
    text.strip_suffix(&format!(" (os error {number})")).map(str::to_owned).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_reads_like_the_c_library_says_it() {
        let error = Error::new("failed to open /x", nix::errno::Errno::EAGAIN);
        assert_eq!(error.to_string(), "failed to open /x: Resource temporarily unavailable");
    }
}
