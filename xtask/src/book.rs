//! The documents as a book of HTML pages.

use crate::command::{passed, say, tool};
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the pages are; see `book.toml`.
const OUTPUT: &str = "target/book/docs";

/// Makes the pages, and puts beside them the other files of the repository that they lead to.
pub(crate) fn make() -> Result<()> {
    passed(Command::new(tool("mdbook")?).arg("build"))?;
    for path in outside()? {
        let copy = Path::new(OUTPUT).join(&path);
        copy.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::copy(Path::new("docs").join(&path), copy).with_context(|| format!("cannot copy {path}"))?;
    }
    say(&format!("the book begins at {OUTPUT}/index.html"));
    Ok(())
}

/// Paths outside the book that its pages lead to, as seen from them.
fn outside() -> Result<BTreeSet<String>> {
    let mut paths = BTreeSet::new();
    for page in pages("docs")? {
        paths.extend(links(&fs::read_to_string(page)?).into_iter().filter(|link| link.starts_with("../")));
    }
    Ok(paths)
}

/// The pages in a directory of the repository.
fn pages(directory: &str) -> Result<Vec<PathBuf>> {
    let mut pages = Vec::new();
    for entry in fs::read_dir(directory).with_context(|| format!("cannot list {directory}"))? {
        pages.push(entry?.path());
    }
    pages.retain(|page| page.extension().is_some_and(|extension| extension == "md"));
    pages.sort();
    Ok(pages)
}

/// Where the links of a page lead to, those within the repository.
fn links(page: &str) -> Vec<String> {
    let mut links = Vec::new();
    for line in prose(page) {
        for rest in line.split("](").skip(1) {
            let link = rest.split(')').next().unwrap_or_default();
            if !link.contains("://") {
                links.push(link.to_owned());
            }
        }
    }
    links
}

/// The lines of a page that are no code.
fn prose(page: &str) -> impl Iterator<Item = &str> {
    let mut in_code = false;
    page.lines().filter(move |line| {
        let is_fence = line.starts_with("```");
        in_code ^= is_fence;
        !in_code && !is_fence && !line.starts_with("    ")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the repository is from where tests run.
    const ROOT: &str = "..";

    /// The anchor of a heading, as mdbook and forges make it.
    fn anchor(heading: &str) -> String {
        let text = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = text.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
        kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
    }

    fn has_anchor(page: &Path, name: &str) -> bool {
        let text = fs::read_to_string(page).unwrap();
        prose(&text).any(|line| line.starts_with('#') && anchor(line) == name)
    }

    #[test]
    fn links_of_documents_lead_somewhere() {
        let mut all = pages(&format!("{ROOT}/docs")).unwrap();
        all.extend(pages(ROOT).unwrap());
        assert!(all.len() > 15, "{all:?}");
        for page in all {
            for link in links(&fs::read_to_string(&page).unwrap()) {
                let (path, name) =
                    link.split_once('#').map_or((link.as_str(), None), |(path, name)| (path, Some(name)));
                let target = if path.is_empty() { page.clone() } else { page.parent().unwrap().join(path) };
                assert!(target.exists(), "{}: {link}", page.display());
                assert!(name.is_none_or(|name| has_anchor(&target, name)), "{}: {link}", page.display());
            }
        }
    }

    #[test]
    fn links_of_the_book_lead_to_its_pages_or_to_files_that_can_lie_beside_it() {
        for page in pages(&format!("{ROOT}/docs")).unwrap() {
            let links = links(&fs::read_to_string(&page).unwrap());
            assert!(
                !links.contains(&"SUMMARY.md".to_owned()),
                "{}: it is no page of the book",
                page.display()
            );
            for link in links.iter().filter(|link| link.starts_with("../")) {
                assert!(Path::new(ROOT).join("docs").join(link).is_file(), "{}: {link}", page.display());
                // The book would look for an HTML page of that name.
                assert!(!link.contains(".md"), "{}: {link}", page.display());
            }
        }
    }

    #[test]
    fn each_page_is_a_chapter() {
        let summary = fs::read_to_string(format!("{ROOT}/docs/SUMMARY.md")).unwrap();
        let mut chapters = links(&summary);
        chapters.push("SUMMARY.md".to_owned());
        chapters.sort();
        let pages = pages(&format!("{ROOT}/docs")).unwrap();
        let names: Vec<_> = pages.iter().map(|page| page.file_name().unwrap().to_string_lossy()).collect();
        assert_eq!(chapters, names);
    }

    #[test]
    fn links_in_code_are_none() {
        let page = "[a](b.md) and [c](d.md#e)\n```\n[f](g)\n```\n    [h](i)\n[j](https://k)\n";
        assert_eq!(links(page), ["b.md", "d.md#e"]);
    }
}
