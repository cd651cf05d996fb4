use super::chain::Chain;
use super::record::put;
use qga_platform::time::{Nanoseconds, stamp};
use qga_platform::{store, strerror};
use serde::Serialize;
use std::fs::File;
use std::io;
use std::path::PathBuf;

/// A record is shorter than this; so much is read to find the last one of a file.
const LONGEST_LINE: u64 = 256 << 10;

/// A file with a record on each line.
///
/// While it cannot be written records are counted, and that is told in it as soon as it can be.
#[derive(Debug)]
pub(super) struct AuditFile {
    path: PathBuf,
    /// Whether the lines are to be a chain.
    chained: bool,
    /// What that has come to, if it is known.
    chain: Option<Chain>,
    open: Option<File>,
    missing: u64,
}

/// That records are missing.
#[derive(Serialize)]
struct Lost<'a> {
    event: &'static str,
    time: &'a str,
    count: u64,
}

impl AuditFile {
    /// A file that is opened when something is written.
    pub(super) fn new(path: PathBuf, chained: bool) -> AuditFile {
        AuditFile { path, chained, chain: None, open: None, missing: 0 }
    }

    /// The same after it was moved away, or with other rules; a chain goes on.
    pub(super) fn moved_to(self, path: PathBuf, chained: bool) -> AuditFile {
        AuditFile { path, chained, chain: self.chain.filter(|_| chained), open: None, missing: self.missing }
    }

    /// Adds a record, a JSON object. Tells what the chain has come to.
    pub(super) fn add(&mut self, record: Vec<u8>, now: Nanoseconds) -> Option<String> {
        match self.try_to_add(record, now) {
            Ok(chain) => chain,
            Err(error) => {
                self.complain(&error);
                self.missing += 1;
                None
            }
        }
    }

    /// Adds that records were lost before they came here.
    pub(super) fn add_loss(&mut self, count: u64, now: Nanoseconds) {
        self.missing += count;
        if let Err(error) = self.tell_what_is_missing(now) {
            self.complain(&error);
        }
    }

    /// Opens it, if that is possible, to find out early if it is not.
    pub(super) fn try_to_open(&mut self, now: Nanoseconds) {
        if let Err(error) = self.file(now) {
            self.complain(&error);
        }
    }

    fn complain(&mut self, error: &io::Error) {
        self.open = None;
        if self.missing == 0 {
            log::error!("no audit is written to {}: {}", self.path.display(), strerror(error));
        }
    }

    fn try_to_add(&mut self, record: Vec<u8>, now: Nanoseconds) -> io::Result<Option<String>> {
        self.tell_what_is_missing(now)?;
        self.write(record, now)?;
        Ok(self.chain.as_ref().map(|chain| chain.last().to_owned()))
    }

    fn tell_what_is_missing(&mut self, now: Nanoseconds) -> io::Result<()> {
        if self.missing == 0 {
            return Ok(());
        }
        let mut line = Vec::new();
        put(&mut line, &Lost { event: "lost", time: &stamp(now), count: self.missing });
        self.write(line, now)?;
        log::error!("{} audit records are missing from {}", self.missing, self.path.display());
        self.missing = 0;
        Ok(())
    }

    /// The chain has a line when it is written, and not before.
    fn write(&mut self, mut line: Vec<u8>, now: Nanoseconds) -> io::Result<()> {
        self.file(now)?;
        let mut chain = self.chain.clone();
        if let Some(chain) = &mut chain {
            chain.seal(&mut line);
        }
        line.push(b'\n');
        store::append_whole(self.file(now)?, &line)?;
        self.chain = chain;
        Ok(())
    }

    fn file(&mut self, now: Nanoseconds) -> io::Result<&File> {
        let file = match self.open.take() {
            Some(file) => file,
            None => self.open(now)?,
        };
        Ok(self.open.insert(file))
    }

    /// A file that does not end with what the chain has come to begins anew with it.
    fn open(&mut self, now: Nanoseconds) -> io::Result<File> {
        let file = store::append_privately(&self.path)?;
        if !self.chained {
            return Ok(file);
        }
        let last = store::last_line(&file, LONGEST_LINE)?;
        let ends_with = last.as_deref().and_then(Chain::ending_with);
        let mut chain = self.chain.clone().or(ends_with.clone()).unwrap_or_default();
        if ends_with.as_ref() != Some(&chain) {
            if last.is_some() {
                log::error!("{} does not end as the audit that was written to it", self.path.display());
            }
            let mut head = chain.head(now);
            head.push(b'\n');
            store::append_whole(&file, &head)?;
        }
        self.chain = Some(chain);
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::super::verify::{Verdict, verify};
    use super::*;
    use std::fs;
    use std::path::Path;

    fn add(file: &mut AuditFile, text: &str) -> Option<String> {
        file.add(format!("{{\"text\": \"{text}\"}}").into_bytes(), 0)
    }

    fn lines(path: &Path) -> Vec<String> {
        fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn records_are_lines_and_those_that_are_missing_are_counted() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("later/audit");
        let mut file = AuditFile::new(path.clone(), false);
        add(&mut file, "a");
        add(&mut file, "b");
        fs::create_dir(directory.path().join("later")).unwrap();
        add(&mut file, "c");
        let time = "1970-01-01T00:00:00.000000Z";
        let lost = format!("{{\"event\": \"lost\", \"time\": \"{time}\", \"count\": 2}}");
        assert_eq!(lines(&path), [lost.as_str(), "{\"text\": \"c\"}"]);
    }

    #[test]
    fn a_chain_goes_on_after_a_restart_and_in_the_next_file() {
        let directory = tempfile::tempdir().unwrap();
        let [first, second] = ["1", "2"].map(|name| directory.path().join(name));
        add(&mut AuditFile::new(first.clone(), true), "a");
        let mut file = AuditFile::new(first.clone(), true);
        add(&mut file, "b");
        let mut file = file.moved_to(second.clone(), true);
        let last = add(&mut file, "c").unwrap();
        assert_eq!((lines(&first).len(), lines(&second).len()), (3, 2));
        let verdict = verify(&[first, second]).unwrap();
        assert_eq!(verdict, Verdict::Sound { records: 3, last });
    }

    #[test]
    fn a_file_that_was_cut_does_not_go_on_as_if_nothing_were_missing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("audit");
        let mut file = AuditFile::new(path.clone(), true);
        add(&mut file, "a");
        add(&mut file, "b");
        let kept = lines(&path)[..2].join("\n") + "\n";
        fs::write(&path, kept).unwrap();
        let mut file = file.moved_to(path.clone(), true);
        add(&mut file, "c");
        let verdict = verify(std::slice::from_ref(&path)).unwrap();
        assert!(matches!(verdict, Verdict::Broken { line: 3, .. }), "{verdict:?}");
    }
}
