use crate::options::{self, Given, Misuse, Role};
use std::ffi::OsString;

/// What the command line asks for.
pub(super) enum Arguments {
    Help,
    Examine { form: Form, options: Options },
}

/// The agent's own options.
pub(super) type Options = Vec<Result<Given, Misuse>>;

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Json,
}

impl Arguments {
    /// Of the agent's options those that have it print something else are refused, and words that are none:
    /// here they are mistakes.
    pub(super) fn parse(words: Vec<OsString>) -> Result<Arguments, String> {
        let (json, words): (Vec<_>, Vec<_>) = words.into_iter().partition(|word| word == "--json");
        let form = if json.is_empty() { Form::Text } else { Form::Json };
        let options = options::parse(words);
        for given in &options {
            let option = given.as_ref().map_err(ToString::to_string)?.option;
            match option.role {
                Role::Help => return Ok(Arguments::Help),
                Role::DumpConf | Role::Version => {
                    return Err(format!("option '--{}' means nothing here", option.long.unwrap_or_default()));
                }
                Role::Sets { .. } | Role::ConfigFile | Role::Ignored => {}
            }
        }
        Ok(Arguments::Examine { form, options })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> String {
        match Arguments::parse(words.iter().map(OsString::from).collect()) {
            Ok(Arguments::Help) => "help".to_owned(),
            Ok(Arguments::Examine { form, options }) => format!("{form:?} {}", options.len()),
            Err(problem) => problem,
        }
    }

    #[test]
    fn the_options_are_the_agents_and_json() {
        for (words, expected) in [
            (vec![], "Text 0"),
            (vec!["--json", "-p", "/x", "-v"], "Json 2"),
            (vec!["-t", "/x", "--help"], "help"),
            (vec!["--dump-conf"], "option '--dump-conf' means nothing here"),
            (vec!["--bogus"], "unrecognized option '--bogus'"),
        ] {
            assert_eq!(parsed(&words), expected, "{words:?}");
        }
    }
}
