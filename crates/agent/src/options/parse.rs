//! From words to options, by the rules of `getopt_long(3)`.

use super::{OPTIONS, Opt, Role, Value};
use lexopt::{Arg, Parser};
use std::ffi::OsString;
use std::path::Path;

/// An option as it was given.
#[derive(Debug)]
pub(crate) struct Given {
    pub(crate) option: &'static Opt,
    /// The value; what is implied where it may be left out. Empty for options that take none.
    pub(crate) value: OsString,
}

impl Given {
    /// Has the path of a configuration file lead from `directory`, wherever the agent works then.
    pub(crate) fn anchor(&mut self, directory: &Path) {
        if matches!(self.option.role, Role::ConfigFile) {
            self.value = directory.join(&self.value).into_os_string();
        }
    }
}

/// A word that is no option, or not in this form; worded as by the GNU C library.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Misuse {
    #[error("unrecognized option '--{0}'")]
    UnknownLong(String),
    #[error("invalid option -- '{0}'")]
    UnknownShort(char),
    #[error("option '--{given}' is ambiguous; possibilities: {possibilities}")]
    Ambiguous { given: String, possibilities: String },
    #[error("option '--{0}' requires an argument")]
    MissingLong(&'static str),
    #[error("option requires an argument -- '{0}'")]
    MissingShort(char),
    #[error("option '--{0}' doesn't allow an argument")]
    Unwanted(&'static str),
}

/// A word of the command line, with the value that goes with it.
enum Word {
    Option(Result<Given, Misuse>),
    Operand(OsString),
}

/// The options in `arguments`, which are without the program's name, in their order.
///
/// Operands may stand anywhere and mean nothing. Parsing goes on after a mistake, as the configuration file
/// that a later option names is read first of all.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Vec<Result<Given, Misuse>> {
    let option = |word| match word {
        Word::Option(option) => Some(option),
        Word::Operand(_) => None,
    };
    words(arguments).filter_map(option).collect()
}

/// The first operand, for who takes one for a mistake.
pub(crate) fn operand(arguments: impl IntoIterator<Item = OsString>) -> Option<OsString> {
    words(arguments).find_map(|word| match word {
        Word::Option(_) => None,
        Word::Operand(operand) => Some(operand),
    })
}

fn words(arguments: impl IntoIterator<Item = OsString>) -> impl Iterator<Item = Word> {
    let mut parser = Parser::from_args(arguments);
    parser.set_short_equals(false);
    std::iter::from_fn(move || next(&mut parser))
}

fn next(parser: &mut Parser) -> Option<Word> {
    let name = match parser.next() {
        Ok(None) => return None,
        Ok(Some(Arg::Value(operand))) => return Some(Word::Operand(operand)),
        Ok(Some(Arg::Short(letter))) => return Some(Word::Option(short(letter, parser))),
        Ok(Some(Arg::Long(name))) => name.to_owned(),
        // All that the parser objects to is a value left over, and none is.
        Err(error) => return Some(Word::Option(Err(Misuse::UnknownLong(error.to_string())))),
    };
    Some(Word::Option(long(&name, parser)))
}

fn short(letter: char, parser: &mut Parser) -> Result<Given, Misuse> {
    let option = OPTIONS.iter().find(|option| option.short == Some(letter));
    let option = option.ok_or(Misuse::UnknownShort(letter))?;
    let value = match option.value {
        Value::None => OsString::new(),
        Value::Required(_) => parser.value().map_err(|_| Misuse::MissingShort(letter))?,
        Value::Joined { implied, .. } => parser.optional_value().unwrap_or_else(|| implied.into()),
    };
    Ok(Given { option, value })
}

fn long(given: &str, parser: &mut Parser) -> Result<Given, Misuse> {
    let joined = parser.optional_value();
    let (name, option) = complete(given).map_err(|misuse| misuse.with_value(joined.as_ref()))?;
    let value = match (option.value, joined) {
        (Value::None, Some(_)) => return Err(Misuse::Unwanted(name)),
        (Value::None, None) => OsString::new(),
        (_, Some(value)) => value,
        (Value::Required(_), None) => parser.value().map_err(|_| Misuse::MissingLong(name))?,
        (Value::Joined { implied, .. }, None) => implied.into(),
    };
    Ok(Given { option, value })
}

/// The option that `given` names, in full or by a beginning that no other has. Beginnings that name an option
/// of the reference agent go on to do so, whatever other options there are.
fn complete(given: &str) -> Result<(&'static str, &'static Opt), Misuse> {
    let named = || OPTIONS.iter().filter_map(|option| Some((option.long?, option)));
    if let Some(exact) = named().find(|(name, _)| *name == given) {
        return Ok(exact);
    }
    let mut begun: Vec<_> = named().filter(|(name, _)| name.starts_with(given)).collect();
    if begun.iter().any(|(_, option)| option.short.is_some()) {
        begun.retain(|(_, option)| option.short.is_some());
    }
    match begun.as_slice() {
        [] => Err(Misuse::UnknownLong(given.to_owned())),
        [only] => Ok(*only),
        several => {
            let possible: Vec<_> = several.iter().map(|(name, _)| format!("'--{name}'")).collect();
            Err(Misuse::Ambiguous { given: given.to_owned(), possibilities: possible.join(" ") })
        }
    }
}

impl Misuse {
    /// The C library repeats the whole word, with the value joined to it.
    fn with_value(mut self, joined: Option<&OsString>) -> Misuse {
        if let (Misuse::UnknownLong(given) | Misuse::Ambiguous { given, .. }, Some(value)) =
            (&mut self, joined)
        {
            given.push('=');
            given.push_str(&value.to_string_lossy());
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The letter, or else the long name.
    fn name(option: &Opt) -> String {
        option.short.map_or_else(|| option.long.unwrap().to_owned(), String::from)
    }

    fn parsed(words: &[&str]) -> Vec<String> {
        let show = |given: Given| format!("{}:{}", name(given.option), given.value.to_string_lossy());
        let each = |given: Result<Given, Misuse>| given.map_or_else(|misuse| misuse.to_string(), show);
        parse(words.iter().map(OsString::from)).into_iter().map(each).collect()
    }

    #[test]
    fn each_option_is_known_by_its_letter_and_by_its_name() {
        for option in OPTIONS {
            let value = if matches!(option.value, Value::Required(_)) { "x" } else { "" };
            let implied = match option.value {
                Value::Joined { implied, .. } => implied,
                _ => value,
            };
            let expected = format!("{}:{implied}", name(option));
            if let Some(short) = option.short {
                assert_eq!(parsed(&[&format!("-{short}"), value]), [expected.as_str()]);
            }
            if let Some(long) = option.long {
                assert_eq!(parsed(&[&format!("--{long}"), value]), [expected.as_str()]);
            }
        }
    }

    #[test]
    fn words_are_read_as_getopt_long_reads_them() {
        for (words, expected) in [
            (vec!["-vr"], vec!["v:", "r:"]),
            (vec!["-vmx"], vec!["v:", "m:x"]),
            (vec!["-m=x"], vec!["m:=x"]),
            (vec!["-m", "-v"], vec!["m:-v"]),
            (vec!["--method=unix-listen", "--path", "/p"], vec!["m:unix-listen", "p:/p"]),
            (vec!["--method="], vec!["m:"]),
            (vec!["--daemon"], vec!["d:"]),
            (vec!["--m", "x", "--vers"], vec!["m:x", "V:"]),
            (vec!["--f=/x", "--freeze-t", "5"], vec!["F:/x", "freeze-timeout:5"]),
            (vec!["operand", "-v", "-", "other", "-r"], vec!["v:", "r:"]),
            (vec!["-v", "--", "-r"], vec!["v:"]),
            (vec!["-F", "/x"], vec!["F:/etc/qemu/fsfreeze-hook"]),
            (vec!["-F", ""], vec!["F:/etc/qemu/fsfreeze-hook"]),
            (vec!["-F/x"], vec!["F:/x"]),
            (vec!["-F=x"], vec!["F:=x"]),
            (vec!["--fsfreeze-hook", "/x"], vec!["F:/etc/qemu/fsfreeze-hook"]),
            (vec!["--fsfreeze-hook=/x"], vec!["F:/x"]),
            (vec!["--fsfreeze-hook="], vec!["F:"]),
        ] {
            assert_eq!(parsed(&words), expected, "{words:?}");
        }
    }

    #[test]
    fn an_operand_can_be_found() {
        let found = |words: &[&str]| operand(words.iter().map(OsString::from));
        assert_eq!(found(&["-v", "-p", "/x", "word", "other"]), Some("word".into()));
        assert_eq!(found(&["-v", "-p", "/x"]), None);
    }

    #[test]
    fn mistakes_are_told_in_the_words_of_the_c_library() {
        for (words, expected) in [
            (vec!["--bogus"], vec!["unrecognized option '--bogus'"]),
            (vec!["--bogus=x"], vec!["unrecognized option '--bogus=x'"]),
            (vec!["-vx"], vec!["v:", "invalid option -- 'x'"]),
            (vec!["--method"], vec!["option '--method' requires an argument"]),
            (vec!["--meth"], vec!["option '--method' requires an argument"]),
            (vec!["-m"], vec!["option requires an argument -- 'm'"]),
            (vec!["-s"], vec!["option requires an argument -- 's'"]),
            (vec!["--service", "x"], vec!["unrecognized option '--service'"]),
            (vec!["--verb=3"], vec!["option '--verbose' doesn't allow an argument"]),
            (vec!["--ve"], vec!["option '--ve' is ambiguous; possibilities: '--verbose' '--version'"]),
            (vec!["--bogus", "-c", "/f"], vec!["unrecognized option '--bogus'", "c:/f"]),
        ] {
            assert_eq!(parsed(&words), expected, "{words:?}");
        }
    }
}
