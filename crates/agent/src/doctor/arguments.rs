use crate::options::{Given, Misuse};
use crate::tool::{self, AgentOptions};
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
    pub(super) fn parse(words: Vec<OsString>) -> Result<Arguments, String> {
        let (json, words): (Vec<_>, Vec<_>) = words.into_iter().partition(|word| word == "--json");
        let form = if json.is_empty() { Form::Text } else { Form::Json };
        Ok(match tool::agent_options(words)? {
            AgentOptions::Help => Arguments::Help,
            AgentOptions::Given(options) => Arguments::Examine { form, options },
        })
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
            (vec!["-v", "word"], "'word' is no option"),
            (vec!["--bogus"], "unrecognized option '--bogus'"),
        ] {
            assert_eq!(parsed(&words), expected, "{words:?}");
        }
    }
}
