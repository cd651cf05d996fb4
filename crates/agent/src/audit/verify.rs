//! Whether the chain over the lines of audit files is whole.

use super::chain::Chain;
use qga_platform::store;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Each line follows from the one before.
    Sound { records: u64, last: String },
    /// A line, counted from 1, does not.
    Broken { file: PathBuf, line: u64, reason: &'static str },
}

/// Follows the chain through files, the oldest first. An error names the file that cannot be read.
pub(crate) fn verify(files: &[PathBuf]) -> Result<Verdict, (PathBuf, io::Error)> {
    let mut records = 0;
    let mut chain = None;
    for file in files {
        let broken = follow(file, &mut chain, &mut records).map_err(|error| (file.clone(), error))?;
        if let Some((line, reason)) = broken {
            return Ok(Verdict::Broken { file: file.clone(), line, reason });
        }
    }
    Ok(Verdict::Sound { records, last: chain.unwrap_or_default().last().to_owned() })
}

/// Gives the first line that does not follow.
fn follow(
    file: &Path,
    chain: &mut Option<Chain>,
    records: &mut u64,
) -> io::Result<Option<(u64, &'static str)>> {
    let mut number = 0;
    store::each_line(file, |line| {
        number += 1;
        match check(line, number, chain) {
            Ok(()) => {
                *records += u64::from(Chain::before(line).is_none());
                ControlFlow::Continue(())
            }
            Err(reason) => ControlFlow::Break((number, reason)),
        }
    })
}

fn check(line: &[u8], number: u64, chain: &mut Option<Chain>) -> Result<(), &'static str> {
    let told = Chain::before(line);
    if number == 1 {
        let told = told.as_ref().ok_or("it does not begin a chain")?;
        if chain.as_ref().is_some_and(|chain| chain != told) {
            return Err("it does not go on with the chain of the file before");
        }
    }
    let chain = chain.get_or_insert_with(|| told.clone().unwrap_or_default());
    if told.is_some_and(|told| told != *chain) {
        return Err("it begins another chain");
    }
    chain.follow(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn chained(chain: &mut Chain, texts: &[&str]) -> String {
        let mut lines = vec![chain.head(0)];
        for text in texts {
            let mut line = format!("{{\"text\": \"{text}\"}}").into_bytes();
            chain.seal(&mut line);
            lines.push(line);
        }
        lines.into_iter().map(|line| String::from_utf8(line).unwrap() + "\n").collect()
    }

    fn verdict(files: &[&str]) -> String {
        let directory = tempfile::tempdir().unwrap();
        let paths: Vec<PathBuf> = (0..files.len()).map(|n| directory.path().join(n.to_string())).collect();
        for (path, content) in paths.iter().zip(files) {
            fs::write(path, content).unwrap();
        }
        match verify(&paths).unwrap() {
            Verdict::Sound { records, .. } => format!("{records} records"),
            Verdict::Broken { file, line, reason } => {
                format!("{} line {line}: {reason}", file.file_name().unwrap().to_string_lossy())
            }
        }
    }

    #[test]
    fn a_chain_is_followed_through_files_and_the_first_break_is_told() {
        let mut chain = Chain::default();
        let first = chained(&mut chain, &["a", "b"]);
        let second = chained(&mut chain, &["c"]);
        for (files, expected) in [
            (vec![&*first, &*second], "3 records"),
            (vec![&second], "1 records"),
            (vec![&first, &first], "1 line 1: it does not go on with the chain of the file before"),
            (
                vec![&*first.replace("\"b\"", "\"x\"")],
                "0 line 3: its hash does not follow from it and the line before",
            ),
            (
                vec![&*(first.clone() + &chained(&mut Chain::default(), &[]))],
                "0 line 4: it begins another chain",
            ),
            (vec!["{\"text\": \"a\"}\n"], "0 line 1: it does not begin a chain"),
            (vec![&*(first.clone() + "torn")], "0 line 4: it has no hash of a chain"),
            (vec![""], "0 records"),
        ] {
            assert_eq!(verdict(&files), expected);
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let (file, _) = verify(&["/absent".into()]).unwrap_err();
        assert_eq!(file, Path::new("/absent"));
    }
}
