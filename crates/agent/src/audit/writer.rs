use super::file::AuditFile;
use super::record::{Outcome, Record};
use super::{Rules, Work};
use crate::logging::{ACCOUNTING, PROGRAM};
use qga_platform::Journal;
use qga_platform::time::{Clock, Nanoseconds, SystemClock};

/// Writes records where they are wanted.
pub(super) struct Writer {
    /// Absent if there can be none.
    journal: Option<Journal>,
    file: Option<AuditFile>,
}

impl Writer {
    pub(super) fn new() -> Writer {
        Writer { journal: Journal::new().ok(), file: None }
    }

    pub(super) fn write(&mut self, work: Work) {
        let now = SystemClock.now().unwrap_or_default();
        if let Some(rules) = work.rules {
            self.follow(rules, now);
        }
        let dropped = work.records.dropped();
        if dropped > 0 {
            self.tell_loss(dropped, now);
        }
        for record in work.records.into_items() {
            self.write_one(&record, now);
        }
    }

    fn follow(&mut self, rules: Rules, now: Nanoseconds) {
        self.file = match (rules.file, self.file.take()) {
            (None, _) => None,
            (Some(path), None) => Some(AuditFile::new(path, rules.chain)),
            (Some(path), Some(before)) => Some(before.moved_to(path, rules.chain)),
        };
        if let Some(file) = &mut self.file {
            file.try_to_open(now);
        }
    }

    fn write_one(&mut self, record: &Record, now: Nanoseconds) {
        let chain = self.file.as_mut().and_then(|file| file.add(record.json(), now));
        let fields = record.fields(chain.as_deref());
        if !self.enter(fields.iter().map(|(name, value)| (*name, value.as_str()))) {
            tell_syslog(record);
        }
    }

    fn tell_loss(&mut self, count: u64, now: Nanoseconds) {
        if let Some(file) = &mut self.file {
            file.add_loss(count, now);
        }
        let text = format!("{count} audit records were lost, as more waited than may be held");
        log::error!("{text}");
        self.enter([("MESSAGE", text.as_str()), ("PRIORITY", "3"), ("SYSLOG_IDENTIFIER", PROGRAM)]);
    }

    /// Tells whether the journal has taken an entry.
    fn enter<'a>(&self, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> bool {
        self.journal.as_ref().is_some_and(|journal| journal.send(fields).is_ok())
    }
}

/// Where there is no journal the system's log gets the text.
fn tell_syslog(record: &Record) {
    match record.outcome {
        Outcome::Refused(..) => log::warn!(target: ACCOUNTING, "audit: {}", record.summary()),
        _ => log::info!(target: ACCOUNTING, "audit: {}", record.summary()),
    }
}
