//! Compares two agents' answers value by value.

use qga_testkit::difference::ValueDifference;
use serde_json::Value;
use std::collections::BTreeSet;

/// Values that may change between two questions: ours must be one of those before and after it, or lie between.
#[derive(Debug)]
pub(super) struct Volatile {
    /// The command, and the names that lead to the value; `*` is any of them.
    pub(super) path: &'static str,
    /// Why it changes, to be told when it is found not to be there.
    pub(super) reason: &'static str,
}

/// Answers to one question: of the reference, ours, and of the reference again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answers<'a> {
    pub(super) before: &'a Value,
    pub(super) ours: &'a Value,
    pub(super) after: &'a Value,
}

/// What has been found while comparing.
#[derive(Debug)]
pub(super) struct Comparison<'a> {
    volatile: &'a [Volatile],
    differences: &'a [ValueDifference],
    /// Of the question at hand.
    complaints: Vec<String>,
    /// The paths of volatile values that are there.
    met: BTreeSet<&'a str>,
    /// The numbers of the differences that are there.
    differing: BTreeSet<usize>,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(volatile: &'a [Volatile], differences: &'a [ValueDifference]) -> Self {
        let (complaints, met, differing) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        Self { volatile, differences, complaints, met, differing }
    }

    /// Tells all that differs in the answers to one question.
    pub(super) fn compare(&mut self, command: &str, answers: Answers<'_>) -> Vec<String> {
        self.compare_all(command, answers);
        std::mem::take(&mut self.complaints)
    }

    /// Compares what is at the path, and all below it.
    fn compare_all(&mut self, path: &str, answers: Answers<'_>) {
        let Answers { before, ours, after } = answers;
        match (before, ours, after) {
            (Value::Object(_), Value::Object(_), Value::Object(_)) => self.compare_members(path, answers),
            (Value::Array(before), Value::Array(ours), Value::Array(after))
                if before.len() == ours.len() && after.len() == ours.len() =>
            {
                for ((before, ours), after) in before.iter().zip(ours).zip(after) {
                    self.compare_all(&format!("{path}/*"), Answers { before, ours, after });
                }
            }
            _ => self.compare_values(path, answers),
        }
    }

    fn compare_members(&mut self, path: &str, answers: Answers<'_>) {
        let all = [answers.before, answers.ours, answers.after];
        let names: BTreeSet<&String> =
            all.iter().filter_map(|answer| answer.as_object()).flat_map(|members| members.keys()).collect();
        for name in names {
            let path = format!("{path}/{name}");
            match all.map(|answer| answer.get(name)) {
                [Some(before), Some(ours), Some(after)] => {
                    self.compare_all(&path, Answers { before, ours, after });
                }
                [before, ours, after] => self.complaints.push(format!(
                    "{path}: the reference tells {}, ours tells {}",
                    text(before.or(after)),
                    text(ours)
                )),
            }
        }
    }

    fn compare_values(&mut self, path: &str, answers: Answers<'_>) {
        let Answers { before, ours, after } = answers;
        let volatile = self.volatile.iter().find(|volatile| covers(volatile.path, path));
        self.met.extend(volatile.map(|volatile| volatile.path));
        let declared =
            self.differences.iter().position(|difference| is_about(difference, path, before, ours));
        self.differing.extend(declared);
        let is_as_before = before == ours;
        let has_changed = volatile.is_some() && (ours == after || lies_between(ours, before, after));
        if !(is_as_before || has_changed || declared.is_some()) {
            self.complaints.push(format!("{path}: the reference tells {before}, then {after}, ours {ours}"));
        }
    }

    /// All that was said to differ or to change, but does not.
    pub(super) fn unfounded(&self) -> Vec<String> {
        let absent = self.volatile.iter().filter(|volatile| !self.met.contains(volatile.path));
        let absent = absent.map(|Volatile { path, reason }| format!("{path}: not there, though {reason}"));
        let equal = (0..).zip(self.differences).filter(|(number, _)| !self.differing.contains(number));
        let equal = equal.map(|(_, ValueDifference { path, .. })| {
            format!("{path}: no longer differs as declared: take it off the list of differences")
        });
        absent.chain(equal).collect()
    }
}

fn is_about(difference: &ValueDifference, path: &str, reference: &Value, ours: &Value) -> bool {
    let is = |text: &str, value: &Value| serde_json::from_str::<Value>(text).is_ok_and(|told| told == *value);
    covers(&difference.path, path) && is(&difference.reference, reference) && is(&difference.ours, ours)
}

/// Whether a path is one of those that `pattern` stands for.
fn covers(pattern: &str, path: &str) -> bool {
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some(expected), Some(name)) if expected == "*" || expected == name => {}
            _ => return false,
        }
    }
}

fn lies_between(value: &Value, one: &Value, other: &Value) -> bool {
    let (Some(value), Some(one), Some(other)) = (value.as_f64(), one.as_f64(), other.as_f64()) else {
        return false;
    };
    one.min(other) <= value && value <= one.max(other)
}

fn text(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), Value::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const VOLATILE: &[Volatile] = &[Volatile { path: "a/*/count", reason: "it counts" }];

    fn compared(before: &Value, ours: &Value, after: &Value) -> Vec<String> {
        let mut comparison = Comparison::new(VOLATILE, &[]);
        let complaints = comparison.compare("a", Answers { before, ours, after });
        [complaints, comparison.unfounded()].concat()
    }

    #[test]
    fn a_counter_lies_between_two_of_the_reference() {
        let answer = |count: u64| json!([{ "count": count }]);
        assert_eq!(compared(&answer(1), &answer(2), &answer(3)), [""; 0]);
        assert_eq!(compared(&answer(1), &answer(4), &answer(3)).len(), 1);
    }

    #[test]
    fn what_is_missing_or_added_is_a_difference() {
        let reference = json!([{ "count": 1, "b": 2 }]);
        assert_eq!(compared(&reference, &json!([{ "count": 1 }]), &reference).len(), 1);
        assert_eq!(compared(&reference, &json!([{ "count": 1, "b": 2, "c": 3 }]), &reference).len(), 1);
        assert_eq!(compared(&json!([]), &json!([{}]), &json!([])).len(), 2);
    }

    #[test]
    fn a_declared_difference_must_be_there() {
        let [path, reference, ours, reason] = ["a", "1", "2", ""].map(str::to_owned);
        let declared = [ValueDifference { path, reference, ours, reason }];
        for (ours, complaints, unfounded) in [(2, 0, 0), (1, 0, 1), (3, 1, 1)] {
            let mut comparison = Comparison::new(&[], &declared);
            let answers = Answers { before: &json!(1), ours: &json!(ours), after: &json!(1) };
            let found = comparison.compare("a", answers).len();
            assert_eq!((found, comparison.unfounded().len()), (complaints, unfounded));
        }
    }
}
