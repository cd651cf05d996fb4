//! What Tab completes: the agent's commands, and the arguments that are known of them.

use super::line::full_name;
use crate::catalogue;
use rustyline::completion::{Completer, Pair};
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{Context, Helper, Result};

/// The names of the agent's commands.
pub(super) struct Names(pub(super) Vec<String>);

impl Names {
    /// Where the word at `position` begins, and what it may become.
    fn candidates(&self, line: &str, position: usize) -> (usize, Vec<String>) {
        let before = line.get(..position).unwrap_or(line);
        let start = before.rfind(char::is_whitespace).map_or(0, |place| place + 1);
        let word = before.get(start..).unwrap_or_default();
        let command = before.split_whitespace().next().filter(|_| start > 0);
        let found = match command {
            None | Some("help") => self.commands(word),
            Some(command) => arguments(command, word),
        };
        (start, found)
    }

    /// A name may be begun with or without what all names begin with.
    fn commands(&self, word: &str) -> Vec<String> {
        let mut found: Vec<_> = self
            .0
            .iter()
            .filter(|name| name.starts_with(word) || name.starts_with(&full_name(word)))
            .cloned()
            .collect();
        found.retain(|name| !name.contains(char::is_control));
        found.sort();
        found
    }
}

fn arguments(command: &str, word: &str) -> Vec<String> {
    let known = catalogue::declaration(&full_name(command));
    let members = known.iter().flat_map(|declaration| declaration.arguments.members);
    members.map(|member| format!("{}=", member.name)).filter(|name| name.starts_with(word)).collect()
}

impl Completer for Names {
    type Candidate = Pair;

    fn complete(&self, line: &str, position: usize, _: &Context<'_>) -> Result<(usize, Vec<Pair>)> {
        let (start, found) = self.candidates(line, position);
        Ok((start, found.into_iter().map(|name| Pair { display: name.clone(), replacement: name }).collect()))
    }
}

impl Hinter for Names {
    type Hint = String;
}

impl Highlighter for Names {}
impl Validator for Names {}
impl Helper for Names {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_and_their_arguments_are_completed() {
        let names = Names(["guest-file-open", "guest-file-read", "guest-x\x1b"].map(str::to_owned).to_vec());
        let candidates = |line: &str| names.candidates(line, line.len());
        assert_eq!(candidates("file-o"), (0, vec!["guest-file-open".to_owned()]));
        assert_eq!(candidates("guest-f").1.len(), 2);
        assert_eq!(candidates("help guest-file-r"), (5, vec!["guest-file-read".to_owned()]));
        assert_eq!(candidates("guest-file-open path=/x m"), (23 + 1, vec!["mode=".to_owned()]));
        assert_eq!(candidates("guest-unknown p").1, Vec::<String>::new());
        assert_eq!(candidates("guest-x").1, Vec::<String>::new());
    }
}
