//! Reads key files, as `GLib` calls them: groups of `key=value` lines (compat.md D.2).

use std::borrow::Cow;
use std::collections::BTreeMap;

/// What a key file says.
#[derive(Debug, Default)]
pub(crate) struct KeyFile {
    groups: BTreeMap<Vec<u8>, Group>,
}

#[derive(Debug)]
struct Group {
    /// Where it stands first.
    line: usize,
    entries: BTreeMap<Vec<u8>, Entry>,
}

#[derive(Debug)]
struct Entry {
    line: usize,
    value: Vec<u8>,
}

/// What is wrong with a key file, and where.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub(crate) struct Problem {
    /// Counted from 1.
    pub(crate) line: usize,
    pub(crate) reason: String,
}

impl KeyFile {
    /// Sorts the lines into groups. Of keys with the same name the last one counts; values are looked at
    /// when asked for.
    pub(crate) fn parse(text: &[u8]) -> Result<KeyFile, Problem> {
        let mut file = KeyFile::default();
        let mut group = None;
        for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
            let content = line.strip_suffix(b"\r").unwrap_or(line).trim_ascii_start();
            let parsed = Line::parse(content).map_err(|reason| Problem { line: index + 1, reason })?;
            match (parsed, group.as_mut()) {
                (Line::Nothing, _) => {}
                (Line::Group(name), _) => {
                    file.group(name, index + 1);
                    group = Some(name);
                }
                (Line::Pair { key, value }, Some(name)) => {
                    let entry = Entry { line: index + 1, value: value.to_owned() };
                    file.group(name, index + 1).entries.insert(key.to_owned(), entry);
                }
                (Line::Pair { .. }, None) => {
                    let reason = "a key stands before the first [group]".to_owned();
                    return Err(Problem { line: index + 1, reason });
                }
            }
        }
        Ok(file)
    }

    /// The value of a key as a text; `None` if there is no such key.
    pub(crate) fn text(&self, group: &str, key: &str) -> Result<Option<String>, Problem> {
        let Some(entry) = self.entry(group, key) else { return Ok(None) };
        let problem = |reason: String| self.problem(group, key, &reason);
        let raw = std::str::from_utf8(&entry.value).map_err(|_| problem("is not UTF-8".to_owned()))?;
        unescape(raw).map(Some).map_err(problem)
    }

    /// The value of a key as a yes or no; `None` if there is no such key.
    pub(crate) fn switch(&self, group: &str, key: &str) -> Result<Option<bool>, Problem> {
        let Some(entry) = self.entry(group, key) else { return Ok(None) };
        match entry.value.trim_ascii_end() {
            b"true" | b"1" => Ok(Some(true)),
            b"false" | b"0" => Ok(Some(false)),
            other => {
                let value = String::from_utf8_lossy(other);
                Err(self.problem(group, key, &format!("must be true or false, not '{value}'")))
            }
        }
    }

    /// The value of a key as a number; `None` if there is no such key or no such number in it.
    pub(crate) fn number(&self, group: &str, key: &str) -> Option<i64> {
        std::str::from_utf8(self.entry(group, key)?.value.trim_ascii()).ok()?.parse().ok()
    }

    /// Whether there is such a key.
    pub(crate) fn contains(&self, group: &str, key: &str) -> bool {
        self.entry(group, key).is_some()
    }

    /// The line of a key.
    pub(crate) fn line(&self, group: &str, key: &str) -> Option<usize> {
        self.entry(group, key).map(|entry| entry.line)
    }

    /// What is wrong with the value of a key.
    pub(crate) fn problem(&self, group: &str, key: &str, reason: &str) -> Problem {
        let line = self.entry(group, key).map_or(0, |entry| entry.line);
        Problem { line, reason: format!("key '{key}' {reason}") }
    }

    /// The names of the groups with the lines where they begin, in their order. What is no UTF-8 in a name is
    /// replaced, which makes it a name that means nothing.
    pub(crate) fn groups(&self) -> Vec<(usize, Cow<'_, str>)> {
        let groups = self.groups.iter();
        let mut groups: Vec<_> =
            groups.map(|(name, group)| (group.line, String::from_utf8_lossy(name))).collect();
        groups.sort();
        groups
    }

    /// The keys of a group with their lines, in their order; names as in [`KeyFile::groups`].
    pub(crate) fn keys(&self, group: &str) -> Vec<(usize, Cow<'_, str>)> {
        let entries = self.groups.get(group.as_bytes()).map(|group| &group.entries);
        let entries = entries.into_iter().flatten();
        let mut keys: Vec<_> =
            entries.map(|(name, entry)| (entry.line, String::from_utf8_lossy(name))).collect();
        keys.sort();
        keys
    }

    fn entry(&self, group: &str, key: &str) -> Option<&Entry> {
        self.groups.get(group.as_bytes())?.entries.get(key.as_bytes())
    }

    fn group(&mut self, name: &[u8], line: usize) -> &mut Group {
        self.groups.entry(name.to_owned()).or_insert_with(|| Group { line, entries: BTreeMap::new() })
    }
}

enum Line<'a> {
    Nothing,
    Group(&'a [u8]),
    Pair { key: &'a [u8], value: &'a [u8] },
}

impl Line<'_> {
    fn parse(line: &[u8]) -> Result<Line<'_>, String> {
        if line.is_empty() || line.starts_with(b"#") {
            return Ok(Line::Nothing);
        }
        if let Some(name) = group_name(line) {
            let bad = |byte: &u8| byte.is_ascii_control() || b"[]".contains(byte);
            if name.is_empty() || name.iter().any(bad) {
                return Err(format!("'{}' is no name for a group", String::from_utf8_lossy(name)));
            }
            return Ok(Line::Group(name));
        }
        let Some(middle @ 1..) = line.iter().position(|byte| *byte == b'=') else {
            let line = String::from_utf8_lossy(line);
            return Err(format!("'{line}' is neither key=value nor [group] nor # comment"));
        };
        let (key, value) = line.split_at(middle);
        let value = value.strip_prefix(b"=").unwrap_or(value).trim_ascii_start();
        Ok(Line::Pair { key: key_name(key.trim_ascii_end())?, value })
    }
}

/// What stands in the brackets, if the line has nothing else.
fn group_name(line: &[u8]) -> Option<&[u8]> {
    line.trim_ascii_end().strip_prefix(b"[")?.strip_suffix(b"]")
}

/// A bracket may only open the language of a translated value at the end of a key, which makes a key of its
/// own that nobody asks for.
fn key_name(key: &[u8]) -> Result<&[u8], String> {
    let opening = key.iter().position(|byte| *byte == b'[');
    let closing = key.iter().position(|byte| *byte == b']');
    let sound = match (opening, closing) {
        (None, None) => true,
        (Some(opening), Some(closing)) => opening > 0 && opening < closing && closing + 1 == key.len(),
        _ => false,
    };
    if sound { Ok(key) } else { Err(format!("'{}' is no name for a key", String::from_utf8_lossy(key))) }
}

fn unescape(raw: &str) -> Result<String, String> {
    let mut text = String::with_capacity(raw.len());
    let mut characters = raw.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            text.push(character);
            continue;
        }
        text.push(match characters.next() {
            Some('s') => ' ',
            Some('t') => '\t',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('\\') => '\\',
            Some(other) => return Err(format!("has the unknown escape '\\{other}'")),
            None => return Err("ends within an escape".to_owned()),
        });
    }
    Ok(text)
}

/// Writes a value so that [`KeyFile::text`] gives it back. Blanks need it only in front.
pub(crate) fn escape(value: &[u8]) -> Vec<u8> {
    let leading = value.iter().take_while(|byte| b" \t".contains(byte)).count();
    let mut text = Vec::with_capacity(value.len());
    for (place, byte) in value.iter().enumerate() {
        match byte {
            b' ' if place < leading => text.extend(b"\\s"),
            b'\t' if place < leading => text.extend(b"\\t"),
            b'\n' => text.extend(b"\\n"),
            b'\r' => text.extend(b"\\r"),
            b'\\' => text.extend(b"\\\\"),
            other => text.push(*other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(file: &str) -> Result<Option<String>, String> {
        KeyFile::parse(file.as_bytes()).and_then(|file| file.text("general", "k")).map_err(|e| e.to_string())
    }

    #[test]
    fn texts_are_found_wherever_they_stand() {
        for (file, expected) in [
            ("[general]\nk=a\n", Some("a")),
            ("[general]\nk=a", Some("a")),
            ("#c\n\n [general] \t\n \t# c\n  k \t=\t a b \t\n", Some("a b \t")),
            ("[general]\r\nk=a\r\n", Some("a")),
            ("[general]\nk=a\nk=b\n", Some("b")),
            ("[general]\nk=a\n[other]\nk=x\n[general]\nj=1\n", Some("a")),
            ("[general]\nk=a;b=c#d\n", Some("a;b=c#d")),
            ("[general]\nk=\n", Some("")),
            ("[general]\nk=\\s\\t\\n\\r\\\\x\n", Some(" \t\n\r\\x")),
            ("[general]\nK=a\n[General]\nk=b\n[ general ]\nk=c\n", None),
            ("[general]\nk[de]=a\nwith blank=b\nä=1\n", None),
            ("[other]\nk=\\q\n", None),
            ("", None),
        ] {
            assert_eq!(text(file), Ok(expected.map(str::to_owned)), "{file:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (file, expected) in [
            ("\nk=a\n", "line 2: a key stands before the first [group]"),
            ("[general\n", "line 1: '[general' is neither key=value nor [group] nor # comment"),
            ("[general] x\n", "line 1: '[general] x' is neither key=value nor [group] nor # comment"),
            ("[general]\nk\n", "line 2: 'k' is neither key=value nor [group] nor # comment"),
            ("[general]\n=a\n", "line 2: '=a' is neither key=value nor [group] nor # comment"),
            ("[general]\n;c\n", "line 2: ';c' is neither key=value nor [group] nor # comment"),
            ("[a[b]\n", "line 1: 'a[b' is no name for a group"),
            ("[]\n", "line 1: '' is no name for a group"),
            ("[general]\nk[=a\n", "line 2: 'k[' is no name for a key"),
            ("[general]\n[de]=a\n", "line 2: '[de]' is no name for a key"),
            ("[general]\nk=a\\q\n", "line 2: key 'k' has the unknown escape '\\q'"),
            ("[general]\nk=a\\\n", "line 2: key 'k' ends within an escape"),
        ] {
            assert_eq!(text(file), Err(expected.to_owned()), "{file:?}");
        }
    }

    #[test]
    fn a_text_must_be_utf_8_when_it_is_asked_for() {
        let file = KeyFile::parse(b"[general]\nk=\xff\nj=a\n\xfe=b\n").unwrap();
        assert_eq!(file.text("general", "k").unwrap_err().to_string(), "line 2: key 'k' is not UTF-8");
        assert_eq!(file.text("general", "j"), Ok(Some("a".to_owned())));
    }

    #[test]
    fn only_four_words_are_a_yes_or_a_no() {
        let switch =
            |value: &str| KeyFile::parse(format!("[g]\nk={value}\n").as_bytes()).unwrap().switch("g", "k");
        assert_eq!(["true", "1", "true \t"].map(switch), [Ok(Some(true)), Ok(Some(true)), Ok(Some(true))]);
        assert_eq!(["false", "0 "].map(switch), [Ok(Some(false)), Ok(Some(false))]);
        for value in ["", "TRUE", "yes", "2", "true # c", "truex"] {
            let expected = format!("line 2: key 'k' must be true or false, not '{value}'");
            assert_eq!(switch(value).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn numbers_are_decimal_and_whole() {
        let number =
            |value: &str| KeyFile::parse(format!("[g]\nk={value}\n").as_bytes()).unwrap().number("g", "k");
        assert_eq!(["7", "7 ", "-5"].map(number), [Some(7), Some(7), Some(-5)]);
        assert_eq!(["abc", "5 5", "0x12", "9223372036854775808", ""].map(number), [None; 5]);
    }

    #[test]
    fn an_escaped_value_is_read_back() {
        for value in ["", " a b\t", "\ta", "a\nb\r\\s", "ä"] {
            let escaped = String::from_utf8(escape(value.as_bytes())).unwrap();
            assert_eq!(text(&format!("[general]\nk={escaped}\n")), Ok(Some(value.to_owned())));
        }
        assert_eq!(escape(b" a\tb \xff"), b"\\sa\tb \xff");
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let pieces: [&[u8]; 9] = [b"[", b"]", b"=", b"\n", b"\\", b"#", b"k", b"\xff", b"\r"];
        for number in 0..9_usize.pow(5) {
            let bytes: Vec<u8> =
                (0..5).flat_map(|place| pieces[number / 9_usize.pow(place) % 9]).copied().collect();
            if let Ok(file) = KeyFile::parse(&bytes) {
                let _ = file.text("k", "k");
            }
        }
    }
}
