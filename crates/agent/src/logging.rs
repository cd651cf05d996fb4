//! The log: what goes wrong and what is done, in lines of `SECONDS.MICROSECONDS: LEVEL: TEXT` on standard
//! error or in a file, and what the host asked for in the system's log (compat.md D.5).
//!
//! While filesystems are frozen nothing is written, as the writer would hang until the thaw. What is said
//! then is [held](hold) in memory, within bounds, and written when it is [released](release).

use crate::held::Held;
use log::{Level, LevelFilter, Log, Metadata, Record};
use qga_platform::{Syslog, store, strerror};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// Target of the messages that tell the guest's owner what the host does: they go to the system's log.
pub const ACCOUNTING: &str = "accounting";

/// Who speaks in the system's log.
pub(crate) const PROGRAM: &str = "qemu-ga";

static LOGGER: Logger = Logger::new();

struct Logger {
    verbose: AtomicBool,
    syslog: Syslog,
    /// Messages that the log daemon did not take.
    unsaid: AtomicU64,
    state: Mutex<State>,
}

struct State {
    file: LogFile,
    held: Option<Held<(Place, String)>>,
}

/// Where a message belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Log,
    Syslog,
}

enum LogFile {
    /// There is none: standard error.
    None,
    Open(Arc<File>),
    /// To be opened when writing is allowed.
    Later(PathBuf),
}

/// Makes the `log` macros write to standard error, at all levels until [`set_verbose`] says otherwise.
pub(crate) fn start() {
    // An error tells that it was done before.
    let _ = log::set_logger(&LOGGER);
    log::set_max_level(LevelFilter::Trace);
}

/// Whether all levels are written, or only errors. The system's log always gets its messages.
pub(crate) fn set_verbose(verbose: bool) {
    LOGGER.verbose.store(verbose, Ordering::Relaxed);
}

/// Adds lines to this file from now on.
pub(crate) fn to_file(path: &Path) -> io::Result<()> {
    LOGGER.to_file(path)
}

/// Adds lines to this file, opened anew, from now on; without one to standard error. On an error all is as it was.
pub(crate) fn move_to(path: Option<&Path>) -> io::Result<()> {
    match path {
        Some(path) => LOGGER.to_file(path)?,
        None => LOGGER.state().file = LogFile::None,
    }
    Ok(())
}

/// Adds lines to this file from the next [`release`] on.
pub(crate) fn to_file_later(path: PathBuf) {
    LOGGER.state().file = LogFile::Later(path);
}

/// Writes nothing more, neither to disk nor to the system's log, until [`release`].
pub(crate) fn hold() {
    LOGGER.hold();
}

/// Writes what was held, and goes on writing.
pub(crate) fn release() {
    LOGGER.release();
}

impl Logger {
    const fn new() -> Logger {
        let state = State { file: LogFile::None, held: None };
        Logger {
            verbose: AtomicBool::new(true),
            syslog: Syslog::new(),
            unsaid: AtomicU64::new(0),
            state: Mutex::new(state),
        }
    }

    fn to_file(&self, path: &Path) -> io::Result<()> {
        let file = store::append(path)?;
        self.state().file = LogFile::Open(Arc::new(file));
        Ok(())
    }

    fn hold(&self) {
        self.state().held.get_or_insert_default();
    }

    fn release(&self) {
        let (held, later) = {
            let mut state = self.state();
            let later = match &state.file {
                LogFile::Later(path) => Some(path.clone()),
                _ => None,
            };
            (state.held.take(), later)
        };
        if let Some(path) = later {
            self.open_at_last(&path);
        }
        let Some(held) = held else { return };
        let dropped = held.dropped();
        for (place, line) in held.into_items() {
            self.write(place, &line);
        }
        if dropped > 0 {
            let text = format!("{dropped} messages were dropped while filesystems were frozen");
            self.write(Place::Log, &line(SystemTime::now(), Level::Warn, &text));
        }
    }

    fn open_at_last(&self, path: &Path) {
        if let Err(error) = self.to_file(path) {
            self.state().file = LogFile::None;
            log::error!("unable to open specified log file: {}", strerror(&error));
        }
    }

    /// No lock is held while writing: a line is one write, and who hangs in it hangs alone.
    fn write(&self, place: Place, text: &str) {
        let file = match (&place, &self.state().file) {
            (Place::Log, LogFile::Open(file)) => Some(Arc::clone(file)),
            _ => None,
        };
        // A log that cannot be written to leaves no place to say so.
        let _ = match (place, file) {
            (Place::Log, Some(file)) => (&*file).write_all(text.as_bytes()),
            (Place::Log, None) => io::stderr().write_all(text.as_bytes()),
            (Place::Syslog, _) => {
                self.say(text);
                Ok(())
            }
        };
    }

    fn say(&self, text: &str) {
        if self.syslog.info(PROGRAM, text).is_err() {
            self.unsaid.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let unsaid = self.unsaid.swap(0, Ordering::Relaxed);
        if unsaid > 0 && self.syslog.info(PROGRAM, &format!("warning: {unsaid} messages were lost")).is_err()
        {
            self.unsaid.fetch_add(unsaid, Ordering::Relaxed);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == ACCOUNTING
            || metadata.level() == Level::Error
            || self.verbose.load(Ordering::Relaxed)
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let text = one_line(&record.args().to_string());
        let (place, text) = if record.target() == ACCOUNTING {
            (Place::Syslog, format!("{}: {text}", word(record.level())))
        } else {
            (Place::Log, line(SystemTime::now(), record.level(), &text))
        };
        if let Some(held) = &mut self.state().held {
            let bytes = text.len();
            held.push((place, text), bytes);
            return;
        }
        self.write(place, &text);
    }

    fn flush(&self) {}
}

fn line(now: SystemTime, level: Level, text: &str) -> String {
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{}.{:06}: {}: {text}\n", since.as_secs(), since.subsec_micros(), word(level))
}

/// The reference agent's words; its own "error" is for what ends the process on the spot.
fn word(level: Level) -> &'static str {
    match level {
        Level::Error => "critical",
        Level::Warn => "warning",
        Level::Info => "info",
        Level::Debug | Level::Trace => "debug",
    }
}

/// Texts hold what the host sent, which must not be able to forge a line of its own.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        let _ = if character.is_control() {
            write!(line, "{}", character.escape_default())
        } else {
            line.write_char(character)
        };
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn say(logger: &Logger, level: Level, text: &str) {
        logger.log(&Record::builder().level(level).args(format_args!("{text}")).build());
    }

    /// A logger into a file; gives what the file holds, without the times.
    fn written(act: impl FnOnce(&Logger, &Path)) -> Vec<String> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        act(&Logger::new(), &path);
        let text = String::from_utf8(store::read(&path).unwrap()).unwrap();
        text.lines().map(|line| line.split_once(": ").unwrap().1.to_owned()).collect()
    }

    #[test]
    fn a_line_tells_time_level_and_text() {
        let time = UNIX_EPOCH + Duration::from_micros(1_795_716_210_000_042);
        assert_eq!(line(time, Level::Error, "no such thing"), "1795716210.000042: critical: no such thing\n");
    }

    #[test]
    fn only_errors_are_written_unless_verbose() {
        let lines = written(|logger, path| {
            logger.to_file(path).unwrap();
            for verbose in [false, true] {
                logger.verbose.store(verbose, Ordering::Relaxed);
                for level in [Level::Error, Level::Warn, Level::Info, Level::Debug] {
                    say(logger, level, &format!("{verbose}"));
                }
            }
        });
        assert_eq!(
            lines,
            ["critical: false", "critical: true", "warning: true", "info: true", "debug: true"]
        );
    }

    #[test]
    fn a_text_cannot_forge_a_line() {
        assert_eq!(one_line("a\nb\r\u{1b}[0m ä"), "a\\nb\\r\\u{1b}[0m ä");
    }

    #[test]
    fn what_is_said_while_frozen_is_written_after_the_thaw() {
        let lines = written(|logger, path| {
            logger.to_file(path).unwrap();
            say(logger, Level::Info, "before");
            logger.hold();
            logger.hold();
            say(logger, Level::Info, "frozen");
            assert!(!String::from_utf8(store::read(path).unwrap()).unwrap().contains("frozen"));
            logger.release();
            say(logger, Level::Info, "after");
        });
        assert_eq!(lines, ["info: before", "info: frozen", "info: after"]);
    }

    #[test]
    fn a_file_for_later_is_opened_at_the_thaw() {
        let lines = written(|logger, path| {
            logger.state().file = LogFile::Later(path.to_owned());
            logger.hold();
            say(logger, Level::Info, "frozen");
            assert!(!store::exists(path).unwrap());
            logger.release();
        });
        assert_eq!(lines, ["info: frozen"]);
    }

    #[test]
    fn what_is_too_much_to_hold_is_counted() {
        let lines = written(|logger, path| {
            logger.to_file(path).unwrap();
            logger.hold();
            (0..100_000).for_each(|number| say(logger, Level::Info, &number.to_string()));
            logger.release();
        });
        let dropped = 100_000 - (lines.len() - 1);
        assert!(dropped > 0);
        assert_eq!(lines.first(), Some(&format!("info: {dropped}")));
        let last = format!("warning: {dropped} messages were dropped while filesystems were frozen");
        assert_eq!(lines.last(), Some(&last));
    }
}
