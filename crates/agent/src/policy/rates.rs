//! How often commands may be used.

use super::selection::Selection;
use super::{Place, Rule};
use qga_wire::Declaration;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Some commands, and how often each of them may be used.
#[derive(Debug)]
pub(super) struct Rate {
    commands: Selection,
    limit: Frequency,
    rule: Rule,
    uses: Mutex<BTreeMap<&'static str, Uses>>,
}

/// So many uses in each span of time.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Frequency {
    uses: f64,
    span: Duration,
}

/// How many uses are left, and since when.
#[derive(Debug, Clone, Copy)]
struct Uses {
    left: f64,
    since: Instant,
}

impl Rate {
    /// Reads rates with `;` or `,` between: `guest-exec 10/min`.
    pub(super) fn parse_list(key: &str, text: &str, place: &Place) -> Result<Vec<Rate>, String> {
        super::selection::words(text).map(|word| Rate::parse(key, word, place)).collect()
    }

    fn parse(key: &str, word: &str, place: &Place) -> Result<Rate, String> {
        let form = || format!("must be of the form 'guest-exec 10/min', not '{word}'");
        let (commands, limit) = word.split_once(char::is_whitespace).ok_or_else(form)?;
        let limit = Frequency::parse(limit).ok_or_else(form)?;
        let rule = Rule { text: format!("{key}={word}"), place: Some(place.clone()) };
        Ok(Rate { commands: Selection::parse(commands)?, limit, rule, uses: Mutex::default() })
    }

    /// Counts a use of `command`. If it is one too many, the rule that it breaks.
    pub(super) fn refusal(&self, command: &Declaration, now: Instant) -> Option<&Rule> {
        self.commands.word_for(command)?;
        let mut uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
        let uses = uses.entry(command.name).or_insert(Uses { left: self.limit.uses, since: now });
        let passed = now.saturating_duration_since(uses.since).as_secs_f64();
        let regained = passed / self.limit.span.as_secs_f64() * self.limit.uses;
        *uses = Uses { left: (uses.left + regained).min(self.limit.uses), since: now };
        if uses.left < 1.0 {
            return Some(&self.rule);
        }
        uses.left -= 1.0;
        None
    }
}

impl Frequency {
    fn parse(text: &str) -> Option<Frequency> {
        let (uses, unit) = text.trim().split_once('/')?;
        let seconds = match unit.trim() {
            "s" | "sec" | "second" => 1,
            "min" | "minute" => 60,
            "h" | "hour" => 60 * 60,
            "day" => 24 * 60 * 60,
            _ => return None,
        };
        let uses: u32 = uses.trim().parse().ok()?;
        Some(Frequency { uses: f64::from(uses), span: Duration::from_secs(seconds) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use qga_wire::Command;
    use qga_wire::list::{Exec, ExecStatus, Ping};
    use std::path::Path;

    fn rates(text: &str) -> Result<Vec<Rate>, String> {
        Rate::parse_list("rate", text, &Place::new(&Path::new("/f").into(), 1))
    }

    #[test]
    fn so_many_uses_are_permitted_in_a_span_and_then_as_many_as_are_regained() {
        let rate = &rates("@exec 3/min").unwrap()[0];
        let start = Instant::now();
        let uses = |seconds, wanted: usize| {
            let now = start + Duration::from_secs(seconds);
            (0..wanted).filter(|_| rate.refusal(&Exec::DECLARATION, now).is_none()).count()
        };
        assert_eq!([uses(0, 5), uses(20, 5), uses(59, 5), uses(1000, 5)], [3, 1, 1, 3]);
        let told = rate.refusal(&Exec::DECLARATION, start).unwrap().to_string();
        assert_eq!(told, "rate=@exec 3/min (/f, line 1)");
        assert!(rate.refusal(&ExecStatus::DECLARATION, start).is_none(), "each command is counted by itself");
        assert!(rate.refusal(&Ping::DECLARATION, start).is_none());
    }

    #[test]
    fn what_is_no_rate_is_an_error() {
        for text in
            ["guest-exec", "guest-exec 3", "guest-exec 3/week", "guest-exec x/min", "guest-exec -1/min"]
        {
            let expected = format!("must be of the form 'guest-exec 10/min', not '{text}'");
            assert_eq!(rates(text).unwrap_err(), expected);
        }
        assert_eq!(rates("guest-exce 3/min").unwrap_err(), "names no command with 'guest-exce'");
        assert_eq!(rates("guest-exec 0/s; guest-get-* 5/day").unwrap().len(), 2);
    }
}
