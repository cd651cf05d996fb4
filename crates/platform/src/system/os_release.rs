//! The distribution's description of itself: os-release(5).

use crate::Root;
use std::collections::BTreeMap;
use std::path::Path;

/// Where it is; the first that there is counts.
const PATHS: [&str; 2] = ["/etc/os-release", "/usr/lib/os-release"];

/// What the file says, by name (`PRETTY_NAME`).
pub type OsRelease = BTreeMap<String, String>;

/// Reads the file, or `instead` of it another one. A file that is not there or not in the form that
/// os-release(5) describes says nothing.
pub fn os_release(root: &Root, instead: Option<&Path>) -> OsRelease {
    let content = match instead {
        Some(path) => read(root, path),
        None => PATHS.iter().find_map(|path| read(root, Path::new(path))),
    };
    content.as_deref().and_then(parse).unwrap_or_default()
}

fn read(root: &Root, path: &Path) -> Option<Vec<u8>> {
    root.read(path).unwrap_or_else(|error| {
        log::debug!("cannot read {}: {error}", path.display());
        None
    })
}

/// `None` if any line is neither an assignment nor a comment nor blank: nothing in the file can be relied on
/// then. Of several assignments to a name the last counts.
fn parse(content: &[u8]) -> Option<OsRelease> {
    let lines = std::str::from_utf8(content).ok()?.lines().map(str::trim);
    let assignments = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    assignments.map(assignment).collect()
}

fn assignment(line: &str) -> Option<(String, String)> {
    let (name, written) = line.split_once('=')?;
    let name = name.trim_end();
    (!name.is_empty() && !name.starts_with('[')).then(|| (name.to_owned(), value(written.trim_start())))
}

/// The value as a shell takes it, but that nothing may follow it: the rest of the line is not looked at.
fn value(written: &str) -> String {
    if let Some(quoted) = written.strip_prefix('"') {
        return unescape(quoted);
    }
    if let Some(quoted) = written.strip_prefix('\'') {
        return quoted.split('\'').next().unwrap_or_default().to_owned();
    }
    written.split([' ', ';']).next().unwrap_or_default().to_owned()
}

/// What stands before the closing quote. A backslash counts only in front of what a shell would take otherwise.
fn unescape(quoted: &str) -> String {
    let mut value = String::new();
    let mut rest = quoted.chars();
    while let Some(letter) = rest.next() {
        match letter {
            '"' => break,
            '\\' => match rest.next() {
                Some(special @ ('$' | '"' | '\'' | '\\' | '`')) => value.push(special),
                other => value.extend(Some('\\').into_iter().chain(other)),
            },
            _ => value.push(letter),
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn name(content: &str) -> Option<String> {
        parse(content.as_bytes()).unwrap().remove("NAME")
    }

    #[test]
    fn values_are_taken_as_a_shell_takes_them() {
        let cases = [
            ("", ""),
            ("\"\"", ""),
            ("x", "x"),
            ("  x", "x"),
            ("a b;c", "a"),
            ("a;b", "a"),
            ("a=b", "a=b"),
            (r"a\$b", r"a\$b"),
            (r#""a b" c"#, "a b"),
            (r#""a"b"#, "a"),
            (r#""a \"q\" \$x \`y\` \\z \n""#, r#"a "q" $x `y` \z \n"#),
            ("'a b'", "a b"),
            (r"'a\'", r"a\"),
            ("\"x\" # comment", "x"),
            ("\"F\u{e9} \u{2603}\"", "F\u{e9} \u{2603}"),
        ];
        for (written, expected) in cases {
            assert_eq!(name(&format!("NAME={written}\n")).as_deref(), Some(expected), "{written}");
        }
    }

    #[test]
    fn a_quote_that_is_not_closed_ends_with_its_line() {
        assert_eq!(name("NAME=\"abc\nID=x").as_deref(), Some("abc"));
        assert_eq!(name("NAME='abc\nID=x").as_deref(), Some("abc"));
        assert_eq!(name("NAME=\"abc\\").as_deref(), Some("abc\\"));
    }

    #[test]
    fn comments_and_blank_lines_are_passed_over_and_the_last_of_two_counts() {
        assert_eq!(name("# c\n\n \t\n  NAME = a\r\n  # d\nNAME=b").as_deref(), Some("b"));
    }

    #[test]
    fn a_file_of_another_form_says_nothing() {
        for content in ["no assignment\nNAME=x", "=x\nNAME=x", "[group]\nNAME=x", "[a=b]\nNAME=x"] {
            assert_eq!(parse(content.as_bytes()), None, "{content}");
        }
        assert_eq!(parse(b"NAME=\xFF"), None);
    }

    #[test]
    fn the_first_file_that_there_is_counts_unless_another_is_named() {
        let tree = tempfile::tempdir().unwrap();
        let root = Root::at(tree.path());
        assert_eq!(os_release(&root, None), OsRelease::new());
        for (path, content) in [("usr/lib", "ID=usr"), ("etc", "ID=etc"), ("opt", "ID=opt")] {
            let directory = tree.path().join(path);
            fs::create_dir_all(&directory).unwrap();
            fs::write(directory.join("os-release"), content).unwrap();
            if path != "opt" {
                assert_eq!(os_release(&root, None)["ID"], content.split_at(3).1);
            }
        }
        assert_eq!(os_release(&root, Some(Path::new("/opt/os-release")))["ID"], "opt");
        assert_eq!(os_release(&root, Some(Path::new("/absent"))), OsRelease::new());
    }
}
