//! Patterns for answers that vary by machine.

use anyhow::{Context, Result, bail, ensure};
use regex_lite::Regex;
use serde_json::{Map, Value};

/// Sees that `value` fits `pattern`; the error tells where it does not and why.
pub fn fits(pattern: &Value, value: &Value) -> Result<()> {
    match pattern {
        Value::Object(members) => fits_object(members, value),
        Value::Array(patterns) => fits_list(patterns, value),
        Value::String(text) if text.starts_with('@') => fits_special(text, value),
        Value::Number(_) => {
            ensure!(
                value == pattern || (value.is_number() && value.as_f64() == pattern.as_f64()),
                "{value} is not {pattern}"
            );
            Ok(())
        }
        _ => {
            ensure!(value == pattern, "{value} is not {pattern}");
            Ok(())
        }
    }
}

fn fits_object(members: &Map<String, Value>, value: &Value) -> Result<()> {
    if let Some(pattern) = members.get("@EACH@") {
        return fits_each(pattern, members.get("@MIN@"), value);
    }
    if let Some(patterns) = members.get("@HAS@") {
        return fits_some(patterns, value);
    }
    let Value::Object(object) = value else { bail!("{value} is not an object") };
    for (name, pattern) in members {
        let optional = pattern.get("@OPT@");
        match object.get(name) {
            Some(member) => {
                fits(optional.unwrap_or(pattern), member).with_context(|| format!("in {name}"))?;
            }
            None => ensure!(optional.is_some(), "{name} is missing"),
        }
    }
    match object.keys().find(|name| !members.contains_key(*name)) {
        Some(name) => bail!("{name} is one too many"),
        None => Ok(()),
    }
}

fn fits_each(pattern: &Value, least: Option<&Value>, value: &Value) -> Result<()> {
    let Value::Array(list) = value else { bail!("{value} is not a list") };
    let least = least.and_then(Value::as_u64).unwrap_or(0);
    ensure!(u64::try_from(list.len())? >= least, "the list is shorter than {least}");
    list.iter().enumerate().try_for_each(|(index, element)| {
        fits(pattern, element).with_context(|| format!("in element {index}"))
    })
}

fn fits_some(patterns: &Value, value: &Value) -> Result<()> {
    let (Value::Array(patterns), Value::Array(list)) = (patterns, value) else {
        bail!("{value} is not a list");
    };
    match patterns.iter().find(|pattern| !list.iter().any(|element| fits(pattern, element).is_ok())) {
        Some(pattern) => bail!("the list lacks {pattern}"),
        None => Ok(()),
    }
}

fn fits_list(patterns: &[Value], value: &Value) -> Result<()> {
    let Value::Array(list) = value else { bail!("{value} is not a list") };
    ensure!(list.len() == patterns.len(), "the list has {} elements, not {}", list.len(), patterns.len());
    patterns.iter().zip(list).enumerate().try_for_each(|(index, (pattern, element))| {
        fits(pattern, element).with_context(|| format!("in element {index}"))
    })
}

fn fits_special(pattern: &str, value: &Value) -> Result<()> {
    let integer = value.is_i64() || value.is_u64();
    let fits = match pattern {
        "@ANY@" => true,
        "@INT@" => integer,
        "@UINT@" => value.is_u64(),
        "@POS@" => value.as_u64().is_some_and(|number| number > 0),
        "@NUM@" => value.is_number(),
        "@STR@" => value.is_string(),
        "@BOOL@" => value.is_boolean(),
        _ => match pattern.strip_prefix("@RE:").and_then(|rest| rest.strip_suffix('@')) {
            Some(expression) => value.as_str().map_or(Ok(false), |text| is_match(expression, text))?,
            None => value.as_str() == Some(pattern),
        },
    };
    let start: String = value.to_string().chars().take(300).collect();
    ensure!(fits, "{start} does not fit {pattern}");
    Ok(())
}

/// Whether a regular expression fits the whole of a text.
fn is_match(expression: &str, text: &str) -> Result<bool> {
    match leading_run(expression) {
        Some((letter, count, rest)) => {
            let length = text.chars().take_while(|c| *c == letter).take(count).map(char::len_utf8).sum();
            Ok(length == count * letter.len_utf8() && is_match(rest, text.get(length..).unwrap_or_default())?)
        }
        None => Ok(Regex::new(&format!(r"\A(?s:{expression})\z"))?.is_match(text)),
    }
}

/// An expression that begins with `X{N}`, taken apart; the library takes no counts in the millions.
fn leading_run(expression: &str) -> Option<(char, usize, &str)> {
    let letter = expression.chars().next().filter(char::is_ascii_alphanumeric)?;
    let (count, rest) = expression.get(1..)?.strip_prefix('{')?.split_once('}')?;
    Some((letter, count.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patterns_fit_what_they_say() {
        for (pattern, value) in [
            (json!("@INT@"), json!(-1)),
            (json!("@UINT@"), json!(u64::MAX)),
            (json!("@POS@"), json!(1)),
            (json!("@NUM@"), json!(0.5)),
            (json!("@RE:ipv[46]@"), json!("ipv6")),
            (json!("@RE:A{5}B=@"), json!("AAAAAB=")),
            (json!({"a": {"@OPT@": "@STR@"}}), json!({})),
            (json!({"@EACH@": "@BOOL@", "@MIN@": 1}), json!([true])),
            (json!({"@HAS@": [2]}), json!([1, 2, 3])),
            (json!(100.0), json!(100)),
        ] {
            fits(&pattern, &value).unwrap();
        }
    }

    #[test]
    fn patterns_do_not_fit_anything_else() {
        for (pattern, value) in [
            (json!("@INT@"), json!(1.5)),
            (json!("@UINT@"), json!(-1)),
            (json!("@POS@"), json!(0)),
            (json!("@RE:ipv[46]@"), json!("ipv66")),
            (json!("@RE:A{5}B=@"), json!("AAAAB=")),
            (json!("@RE:A{5}B=@"), json!("AAAAAAB=")),
            (json!({"a": {"@OPT@": "@STR@"}}), json!({"a": 1})),
            (json!({"a": 1}), json!({"a": 1, "b": 2})),
            (json!({"@EACH@": "@BOOL@", "@MIN@": 1}), json!([])),
            (json!({"@HAS@": [4]}), json!([1, 2, 3])),
            (json!([1]), json!([1, 2])),
            (json!(true), json!(1)),
        ] {
            assert!(fits(&pattern, &value).is_err(), "{value} fits {pattern}");
        }
    }
}
