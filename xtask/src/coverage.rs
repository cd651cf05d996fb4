//! Which command is proved where: read from the tests themselves, so that it cannot say what is not so.

use anyhow::{Context, Result, ensure};
use qga_testkit::transcript;
use qga_wire::list::COMMANDS;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

/// How many tests are named for a command; the rest is counted.
const NAMED: usize = 3;
/// The files of recorded exchanges, without their ending.
pub(crate) const RECORDED: [&str; 6] = ["errors", "exec", "files", "protocol", "system", "vm"];
/// Begins the names of commands that no other agent has.
const OUR_OWN: &str = "__";

/// The table `lab/COVERAGE.md`. An error if a command is not proved in a real guest, or, if it is one that only our
/// agent has, at least by a black-box test.
pub(crate) fn table() -> Result<String> {
    let guests = tests_in(&root().join("lab/tests/lab"))?;
    let black_box = tests_in(&root().join("tests/tests"))?;
    let mut page = String::from(
        "# Which command is proved where\n\nMade from the tests by `cargo xtask generate`: tests whose requests name \
         the command. Real guests are in `lab/tests/lab`; the recorded sessions are those of \
         `tests/transcripts`, `vm.jsonl` in a guest; black box is `tests/tests`.\n\n\
         | command | in a real guest | recorded sessions | black box |\n|---|---|---|---|\n",
    );
    for command in COMMANDS {
        let name = command.name;
        let proofs = of(&guests, name);
        let recorded = recorded(name)?;
        let black_box = files(&of(&black_box, name));
        let is_proved = !proofs.is_empty() || (name.starts_with(OUR_OWN) && !black_box.is_empty());
        ensure!(is_proved, "no test in a guest asks for {name}");
        writeln!(page, "| {name} | {} | {recorded} | {black_box} |", short(&proofs))?;
    }
    Ok(page)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Commands that each test names, by itself or through the functions of its file that it calls.
type Tests = BTreeMap<String, BTreeSet<&'static str>>;

fn tests_in(directory: &Path) -> Result<Tests> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).with_context(|| format!("cannot list {}", directory.display()))? {
        files.push(entry?.path());
    }
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    let mut tests = Tests::new();
    for file in files {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let functions = functions(&fs::read_to_string(&file)?);
        for (name, function) in functions.iter().filter(|(_, function)| function.is_test) {
            let mut named = BTreeSet::new();
            collect(&functions, function, &mut BTreeSet::from([name.as_str()]), &mut named);
            tests.insert(format!("{stem}::{}", name.trim_end_matches('(')), named);
        }
    }
    Ok(tests)
}

struct Function {
    is_test: bool,
    body: String,
}

/// What a formatted source file has at its left margin, by the text that uses it: `NAME(` a function, `NAME` a constant.
fn functions(source: &str) -> BTreeMap<String, Function> {
    let mut functions = BTreeMap::new();
    let mut open: Option<(String, Function)> = None;
    let mut is_test = false;
    for line in source.lines() {
        if let Some(rest) = line.strip_prefix("fn ") {
            let name = rest.split(['(', '<']).next().unwrap_or_default();
            open = Some((format!("{name}("), Function { is_test, body: String::new() }));
        } else if let Some((name, value)) = line.strip_prefix("const ").and_then(|rest| rest.split_once(':'))
        {
            functions.insert(name.to_owned(), Function { is_test, body: value.to_owned() });
        } else if line == "}" {
            functions.extend(open.take());
        } else if let Some((_, function)) = &mut open {
            function.body.push_str(line);
            function.body.push('\n');
        }
        is_test = line == "#[test]";
    }
    functions
}

fn collect<'a>(
    functions: &'a BTreeMap<String, Function>,
    function: &Function,
    seen: &mut BTreeSet<&'a str>,
    named: &mut BTreeSet<&'static str>,
) {
    named.extend(COMMANDS.iter().map(|command| command.name).filter(|name| names(&function.body, name)));
    for (name, called) in functions {
        let is_used =
            if name.ends_with('(') { function.body.contains(name) } else { names(&function.body, name) };
        if is_used && seen.insert(name) {
            collect(functions, called, seen, named);
        }
    }
}

/// Whether the text has the name, and not as the beginning of a longer one.
fn names(text: &str, name: &str) -> bool {
    let goes_on =
        |rest: &str| rest.starts_with(|next: char| matches!(next, '-' | '_') || next.is_ascii_alphanumeric());
    text.match_indices(name).any(|(at, _)| !goes_on(text.get(at + name.len()..).unwrap_or_default()))
}

/// The tests of a command; those in the file that is named after its family come first.
fn of<'a>(tests: &'a Tests, command: &str) -> Vec<&'a str> {
    let mut proofs: Vec<&str> =
        tests.iter().filter(|(_, named)| named.contains(command)).map(|(test, _)| test.as_str()).collect();
    proofs.sort_by_key(|test| !test.split("::").next().is_some_and(|file| command.contains(file)));
    proofs
}

fn short(proofs: &[&str]) -> String {
    let named: Vec<String> = proofs.iter().take(NAMED).map(|proof| format!("`{proof}`")).collect();
    let more = match proofs.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", named.join(", "))
}

/// The files that the tests are in.
fn files(proofs: &[&str]) -> String {
    let files: BTreeSet<&str> = proofs.iter().filter_map(|proof| proof.split("::").next()).collect();
    files.into_iter().collect::<Vec<_>>().join(", ")
}

/// The recorded sessions that ask for the command, counted by file.
fn recorded(command: &str) -> Result<String> {
    let mut counts = Vec::new();
    for file in RECORDED {
        let sessions = transcript::read(&root().join(format!("tests/transcripts/{file}.jsonl")))?;
        let asks = |bytes: &[u8]| names(&String::from_utf8_lossy(bytes), command);
        let count =
            sessions.iter().filter(|session| session.exchanges.iter().any(|one| asks(&one.send.0))).count();
        if count > 0 {
            counts.push(format!("{file} {count}"));
        }
    }
    Ok(counts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_names_what_the_functions_it_calls_name() {
        let source = "const SEEK: &str = \"guest-file-seek\";\nconst READ: &str = \"guest-file-read\";\n\
                      #[test]\nfn it_reads() -> Result<()> {\n    open(guest)?;\n}\n\n\
                      fn open() {\n    call(\"guest-file-open\"); call(SEEK); READER;\n}\n";
        let functions = functions(source);
        let mut named = BTreeSet::new();
        collect(&functions, &functions["it_reads("], &mut BTreeSet::new(), &mut named);
        assert_eq!(named, BTreeSet::from(["guest-file-open", "guest-file-seek"]));
        assert!(functions["it_reads("].is_test && !functions["open("].is_test);
    }

    #[test]
    fn a_longer_name_is_another_command() {
        assert!(names("'guest-sync'", "guest-sync"));
        assert!(!names("'guest-sync-delimited'", "guest-sync"));
    }
}
