//! Chapters of the book that people write, with parts that are made: between `<!-- made: NAME -->` and `<!-- end -->`.

use super::{agent, differences, place};
use anyhow::{Context, Result};
use qga_agent::manual::{self, Key};
use std::fmt::Write;
use std::fs;

/// What makes a part.
type Part = (&'static str, fn() -> Result<String>);

const CHAPTERS: &[(&str, &[Part])] = &[
    (
        "docs/configure.md",
        &[
            ("options", options),
            ("methods", methods),
            ("tools", tools),
            ("file", file),
            ("keys", keys),
            ("reload", reload),
        ],
    ),
    ("docs/migrate.md", &[("differences", differences::of_answers), ("values", differences::of_values)]),
    ("docs/client.md", &[("verbs", verbs)]),
];

/// The chapters, by their paths, and what is in them.
pub(super) fn files() -> Result<Vec<(String, String)>> {
    let mut files = vec![("docs/architecture.md".to_owned(), architecture()?)];
    for (path, parts) in CHAPTERS {
        let mut page = read(path)?;
        for (name, make) in *parts {
            page = filled(&page, name, &make()?).with_context(|| format!("in {path}"))?;
        }
        files.push(((*path).to_owned(), page));
    }
    Ok(files)
}

fn read(path: &str) -> Result<String> {
    fs::read_to_string(place(path)).with_context(|| format!("cannot read {path}"))
}

/// The page with the part of that name replaced.
fn filled(page: &str, name: &str, text: &str) -> Result<String> {
    let begin = format!("<!-- made: {name} -->\n");
    let end = "<!-- end -->";
    let (before, rest) = page.split_once(&begin).with_context(|| format!("there is no {begin}"))?;
    let (_, after) = rest.split_once(end).with_context(|| format!("there is no {end} behind {begin}"))?;
    Ok(format!("{before}{begin}\n{}\n\n{end}{after}", text.trim()))
}

/// ARCHITECTURE.md with its links as they are from here.
fn architecture() -> Result<String> {
    let page = read("ARCHITECTURE.md")?.replace("](docs/", "](").replacen(
        '\n',
        "\n\n<!-- Made from ARCHITECTURE.md by `cargo xtask generate`: change that one. -->\n",
        1,
    );
    Ok(page)
}

fn options() -> Result<String> {
    let mut table = String::from("| option | | key |\n|---|---|---|\n");
    for option in manual::options() {
        let key = option.key.as_ref().map(|key| format!("`{}` in `[{}]`", key.name, key.group));
        let told = plain(&agent::explained(&option));
        writeln!(table, "| `{}` | {told} | {} |", option.names, key.unwrap_or_default())?;
    }
    Ok(table)
}

fn methods() -> Result<String> {
    let mut table = String::from("| method | path without `--path` |\n|---|---|\n");
    for (name, path) in manual::methods() {
        let path = path.map_or("none: `--path` must be given".to_owned(), |path| format!("`{path}`"));
        writeln!(table, "| `{name}` | {path} |")?;
    }
    Ok(table)
}

fn tools() -> Result<String> {
    let mut table = String::from("| | |\n|---|---|\n");
    for (name, help) in manual::tools() {
        writeln!(table, "| `qemu-ga {name}` | {} |", plain(&agent::sentence(help)))?;
    }
    Ok(table)
}

#[expect(clippy::unnecessary_wraps, reason = "it stands in a table with others")]
fn file() -> Result<String> {
    Ok(agent::FILE.map(plain).join("\n\n"))
}

#[expect(clippy::unnecessary_wraps, reason = "it stands in a table with others")]
fn reload() -> Result<String> {
    Ok(format!("`SIGHUP`: {}", plain(agent::RELOAD)))
}

fn keys() -> Result<String> {
    let mut table = String::from("| group | key | without it | option |\n|---|---|---|---|\n");
    for (group, keys) in agent::groups() {
        for (Key { name, value, .. }, option) in keys {
            let value = if value.is_empty() { String::new() } else { format!("`{value}`") };
            writeln!(table, "| `[{group}]` | `{name}` | {value} | `{}` |", option.names)?;
        }
    }
    Ok(table)
}

fn verbs() -> Result<String> {
    let mut table = String::from("| verb | |\n|---|---|\n");
    for verb in qga_cli::command().get_subcommands().filter(|verb| verb.get_name() != "help") {
        let about = verb.get_about().map(ToString::to_string).unwrap_or_default();
        writeln!(table, "| [`qga {0}`](man/qga-{0}.1) | {about} |", verb.get_name())?;
    }
    Ok(table)
}

/// What is written for manual pages, as text without any markup.
fn plain(text: &str) -> String {
    text.chars().fold(String::new(), |mut plain, letter| {
        if matches!(letter, '\\' | '*' | '<' | '|' | '[') {
            plain.push('\\');
        }
        plain.push(letter);
        plain
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_replaced_and_what_is_around_it_stays() {
        let page = "a\n<!-- made: x -->\nold\n<!-- end -->\nb\n<!-- made: y -->\n<!-- end -->\n";

        let page = filled(page, "x", "new\n").unwrap();

        assert_eq!(page, "a\n<!-- made: x -->\n\nnew\n\n<!-- end -->\nb\n<!-- made: y -->\n<!-- end -->\n");
        assert!(filled(&page, "z", "").is_err());
    }
}
