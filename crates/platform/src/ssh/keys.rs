//! The lines of the file. What is not touched stays to the byte, text or not.

use std::collections::HashSet;

/// The keys, the last first: all lines but comments and blank ones, without blanks around them.
pub(super) fn listed(content: &[u8]) -> Vec<String> {
    let lines = content.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    let keys = lines.filter(|line| !line.is_empty() && !line.starts_with(b"#"));
    keys.rev().map(|key| String::from_utf8_lossy(key).into_owned()).collect()
}

/// `content` with those of `keys` at its end that are no line of it yet. What is added ends with a line feed,
/// so that whoever appends to the file later does not write into the last key.
pub(super) fn with(content: &[u8], keys: &[String]) -> Vec<u8> {
    let mut present: HashSet<&[u8]> = lines(content).map(line).collect();
    let mut new = content.to_vec();
    for key in keys.iter().map(String::as_bytes).filter(|key| present.insert(key)) {
        if !new.is_empty() && !new.ends_with(b"\n") {
            new.push(b'\n');
        }
        new.extend(key);
        new.push(b'\n');
    }
    new
}

/// `content` without the lines that are one of `keys`.
pub(super) fn without(content: &[u8], keys: &[String]) -> Vec<u8> {
    let unwanted: HashSet<&[u8]> = keys.iter().map(String::as_bytes).collect();
    lines(content).filter(|whole| !unwanted.contains(line(whole))).collect::<Vec<_>>().concat()
}

/// The lines with their line feeds, which the last one may lack.
fn lines(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    content.split_inclusive(|&byte| byte == b'\n')
}

fn line(whole: &[u8]) -> &[u8] {
    whole.strip_suffix(b"\n").unwrap_or(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(list: &[&str]) -> Vec<String> {
        list.iter().map(ToString::to_string).collect()
    }

    fn added(content: &str, list: &[&str]) -> String {
        String::from_utf8(with(content.as_bytes(), &keys(list))).unwrap()
    }

    fn removed(content: &str, list: &[&str]) -> String {
        String::from_utf8(without(content.as_bytes(), &keys(list))).unwrap()
    }

    #[test]
    fn the_last_key_is_listed_first_and_what_is_no_key_is_left_out() {
        let content = b"# c\n\n  spaced key  \nssh-rsa X y\r\n   # indented\n\xFFkey";
        assert_eq!(listed(content), ["\u{FFFD}key", "ssh-rsa X y", "spaced key"]);
        assert_eq!(listed(b""), [""; 0]);
    }

    #[test]
    fn a_key_is_added_once_and_ends_its_line() {
        assert_eq!(added("", &["a", "b", "a"]), "a\nb\n");
        assert_eq!(added("a\n", &["a", "b"]), "a\nb\n");
        assert_eq!(added("a", &["b"]), "a\nb\n");
        assert_eq!(added(" a\n", &["a"]), " a\na\n");
        assert_eq!(added("a", &["a"]), "a", "nothing to add");
        assert_eq!(added("", &[]), "");
    }

    #[test]
    fn only_whole_lines_are_removed_each_time_they_occur() {
        assert_eq!(removed("# c\na\n b\na\nc", &["a", "b", "absent"]), "# c\n b\nc");
        assert_eq!(removed("a\nb", &["b"]), "a\n");
        assert_eq!(removed("a", &["a"]), "");
    }

    #[test]
    fn bytes_that_are_no_text_stay_as_they_are() {
        let content = b"\xFF\0\r\nkey\n\xFE";
        assert_eq!(without(content, &keys(&["key"])), b"\xFF\0\r\n\xFE");
        assert_eq!(with(content, &keys(&["new"])), b"\xFF\0\r\nkey\n\xFE\nnew\n");
    }
}
