//! The page of limits against the sources.

use std::fs;
use std::path::Path;

/// A row of the page: what people read, and where it is written for the compiler.
struct Limit<'t> {
    told: &'t str,
    file: &'t str,
    name: &'t str,
    value: &'t str,
}

fn limit(row: &str) -> Option<Limit<'_>> {
    let mut cells = row.strip_prefix('|')?.split('|').map(str::trim);
    let (told, place) = (cells.nth(1)?, cells.nth(1)?);
    let mut pieces = place.split('`').skip(1).step_by(2);
    let (file, (name, value)) = (pieces.next()?, pieces.next()?.split_once(" = ")?);
    Some(Limit { told, file, name, value })
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}

/// What a constant's value is as people read it.
fn in_words(value: &str) -> Vec<String> {
    if let Some(milliseconds) = value.strip_prefix("Duration::from_millis(") {
        return vec![milliseconds.replace(')', " ms")];
    }
    if let Some(seconds) = value.strip_prefix("Duration::from_secs(") {
        return vec![format!("{}000 ms", seconds.replace(')', ""))];
    }
    match value.split_once(" << ") {
        Some((number, "20")) => {
            vec![format!("{number} MiB"), (number.parse::<u64>().unwrap() << 20).to_string()]
        }
        Some((number, "10")) => vec![format!("{number} KiB")],
        _ => vec![value.to_owned()],
    }
}

#[test]
fn the_page_of_limits_says_what_the_sources_say() {
    let page = read("docs/limits.md");
    let limits: Vec<_> = page.lines().filter_map(limit).collect();
    assert!(limits.len() > 15, "{} limits", limits.len());
    for Limit { told, file, name, value } in limits {
        let line = format!("const {name}: ");
        let source = read(file);
        let declared = source.lines().find(|source| source.contains(&line)).unwrap_or_default();
        assert!(declared.ends_with(&format!("= {value};")), "{file}: {name} is not {value}: {declared}");
        assert!(in_words(value).iter().any(|words| told.ends_with(words)), "{name}: {told}, {value}");
    }
}
