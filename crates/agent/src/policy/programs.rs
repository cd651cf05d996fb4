//! Which programs may be run, with which arguments and by whom. What a rule does not mention it does not permit.

use super::keys::{ARGUMENTS, ENVIRONMENT, INPUT, PROGRAM, USER};
use super::paths::{matches, pattern};
use super::sources::Section;
use super::{Decision, Place, PolicyError, Rule};
use glob::{MatchOptions, Pattern};
use qga_platform::exec::{locate, real_directory};
use qga_wire::list::Exec;
use std::path::{Path, PathBuf};

/// What stands before the name of a rule in the name of its group.
pub(super) const GROUP: &str = "policy exec ";

/// As the last pattern: any further arguments, or none.
const ANY_NUMBER: &str = "**";

/// A rule.
#[derive(Debug)]
pub(crate) struct ProgramRule {
    /// What stands in the brackets.
    name: String,
    program: Pattern,
    arguments: Vec<Pattern>,
    /// Whether other arguments may follow.
    open_ended: bool,
    /// The names of variables that the host may set.
    environment: Vec<Pattern>,
    /// Whether the host may send it something to read.
    input: bool,
    /// Who runs it, if not the agent's user.
    pub(crate) user: Option<String>,
    place: Place,
}

/// The first of the rules that permits what is asked for, with the file to execute.
pub(crate) fn rule_for<'a>(rules: &'a [ProgramRule], asked: &Exec) -> Option<(&'a ProgramRule, PathBuf)> {
    let executable = locate(&asked.path, asked.env.as_deref()).ok()?;
    let rule = rules.iter().find(|rule| rule.permits(asked, &executable))?;
    Some((rule, executable))
}

/// What would be said of a program that is asked for now.
pub(super) fn foresee(rules: &[ProgramRule], asked: &Exec) -> Decision {
    match rule_for(rules, asked) {
        Some((rule, _)) => Decision { permitted: true, rule: rule.rule() },
        None => Decision { permitted: false, rule: refusal(rules) },
    }
}

/// What refuses what no rule permits.
pub(crate) fn refusal(rules: &[ProgramRule]) -> Rule {
    let place = rules.first().map(|rule| rule.place.clone());
    Rule { text: format!("[{GROUP}...] without a rule for it"), place }
}

impl ProgramRule {
    pub(super) fn parse(section: &Section) -> Result<ProgramRule, PolicyError> {
        let mut program = None;
        let mut rule = ProgramRule {
            name: section.name.clone(),
            program: Pattern::default(),
            arguments: Vec::new(),
            open_ended: false,
            environment: Vec::new(),
            input: false,
            user: None,
            place: section.place.clone(),
        };
        for setting in &section.settings {
            let wrong = |reason: String| setting.error(reason);
            match setting.key.as_str() {
                PROGRAM => program = Some(pattern(setting.value.trim()).map_err(wrong)?),
                ARGUMENTS => (rule.arguments, rule.open_ended) = arguments(&setting.value).map_err(wrong)?,
                ENVIRONMENT => rule.environment = words(&setting.value).map_err(wrong)?,
                USER if setting.value.trim().is_empty() => return Err(setting.error("names no user")),
                USER => rule.user = Some(setting.value.trim().to_owned()),
                INPUT => rule.input = setting.switch()?,
                _ => return Err(setting.unknown()),
            }
        }
        rule.program = program.ok_or_else(|| section.place.error(format!("there is no key '{PROGRAM}'")))?;
        Ok(rule)
    }

    fn permits(&self, asked: &Exec, executable: &Path) -> bool {
        self.has_program(executable)
            && self.has_arguments(asked.arg.as_deref().unwrap_or_default())
            && asked.env.as_deref().unwrap_or_default().iter().all(|variable| self.has_variable(variable))
            && (self.input || asked.input_data.is_none())
    }

    /// The rule as the log tells it.
    pub(crate) fn rule(&self) -> Rule {
        Rule { text: format!("[{}]", self.name), place: Some(self.place.clone()) }
    }

    /// A rule that names one program may do so through links in directories.
    fn has_program(&self, executable: &Path) -> bool {
        matches(&self.program, executable)
            || real_directory(Path::new(self.program.as_str())).is_ok_and(|path| path == executable)
    }

    fn has_arguments(&self, arguments: &[String]) -> bool {
        let fits = if self.open_ended {
            arguments.len() >= self.arguments.len()
        } else {
            arguments.len() == self.arguments.len()
        };
        fits && self.arguments.iter().zip(arguments).all(|(pattern, argument)| means(pattern, argument))
    }

    fn has_variable(&self, variable: &str) -> bool {
        let name = variable.split_once('=').map_or(variable, |(name, _)| name);
        self.environment.iter().any(|pattern| pattern.matches(name))
    }
}

/// Whether a pattern means an argument. Wildcards mean what an administrator thinks of: a name, a number, a
/// word. They do not mean a way up (`..`), the beginning of an option, or, but for `**`, several names of a path.
fn means(pattern: &Pattern, argument: &str) -> bool {
    const OPTIONS: MatchOptions = MatchOptions {
        case_sensitive: true,
        require_literal_separator: true,
        require_literal_leading_dot: false,
    };
    let is_odd = argument.contains("..") || (argument.starts_with('-') && !pattern.as_str().starts_with('-'));
    pattern.as_str() == argument || (!is_odd && pattern.matches_with(argument, OPTIONS))
}

fn arguments(text: &str) -> Result<(Vec<Pattern>, bool), String> {
    let mut patterns = words(text)?;
    let open_ended = patterns.last().is_some_and(|last| last.as_str() == ANY_NUMBER);
    if open_ended {
        patterns.pop();
    }
    Ok((patterns, open_ended))
}

/// Patterns with `;` between, as arguments may well have commas.
fn words(text: &str) -> Result<Vec<Pattern>, String> {
    let words = text.split(';').map(str::trim).filter(|word| !word.is_empty());
    let parse =
        |word| Pattern::new(word).map_err(|error| format!("has a bad pattern, '{word}': {}", error.msg));
    words.map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn are_permitted(list: &str, given: &[&str]) -> bool {
        let (arguments, open_ended) = arguments(list).unwrap();
        let rule = ProgramRule {
            name: String::new(),
            program: Pattern::default(),
            arguments,
            open_ended,
            environment: Vec::new(),
            input: false,
            user: None,
            place: Place::new(&Path::new("/f").into(), 1),
        };
        rule.has_arguments(&given.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn each_argument_needs_a_pattern() {
        for (list, given, expected) in [
            ("", vec![], true),
            ("", vec!["-x"], false),
            ("restart;nginx*.service", vec!["restart", "nginx-a.service"], true),
            ("restart;nginx*.service", vec!["restart"], false),
            ("restart;nginx*.service", vec!["restart", "nginx.service", "sshd.service"], false),
            ("restart;*", vec!["restart", "sshd.service"], true),
            ("-u;*;**", vec!["-u", "a"], true),
            ("-u;*;**", vec!["-u", "a", "--", "/../x"], true),
            ("**", vec![], true),
            ("**", vec!["-x", ".."], true),
        ] {
            assert_eq!(are_permitted(list, &given), expected, "{list} {given:?}");
        }
    }

    #[test]
    fn a_wildcard_is_no_way_to_an_option_or_up() {
        for (list, given, expected) in [
            ("restart;*", vec!["restart", "--root=/x"], false),
            ("restart;--root=*", vec!["restart", "--root=x"], true),
            ("/var/log/*", vec!["/var/log/a"], true),
            ("/var/log/*", vec!["/var/log/a/b"], false),
            ("/var/log/**", vec!["/var/log/a/b"], true),
            ("/var/log/**", vec!["/var/log/../../etc/shadow"], false),
            ("--file=*", vec!["--file=.."], false),
            ("..", vec![".."], true),
            ("*", vec!["a"], true),
            ("*", vec![""], true),
        ] {
            assert_eq!(are_permitted(list, &given), expected, "{list} {given:?}");
        }
    }
}
