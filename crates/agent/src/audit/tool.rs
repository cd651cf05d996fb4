//! `qemu-ga audit verify FILE...`: whether the chain over audit files is whole.

use super::verify::{Verdict, verify};
use crate::tool;
use qga_platform::strerror;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// A line does not follow from the one before.
const BROKEN: u8 = 1;
/// The command line makes no sense, or a file cannot be read.
const NOT_DONE: u8 = 2;

const USAGE: &str = "\
Usage: qemu-ga audit verify FILE...

Follows the chain over the lines of audit files that were written with
audit-chain, the oldest file first. Prints how many records there are and the
hash of the last, or the first line that does not follow from the one before.

Exit code: 0 if the chain is whole, 1 if not, 2 if that cannot be told.
";

/// Runs it with the arguments that follow its name.
#[expect(clippy::needless_pass_by_value, reason = "all tools are run so")]
pub(crate) fn run(arguments: Vec<OsString>) -> ExitCode {
    match arguments.split_first() {
        Some((word, _)) if ["--help", "-h"].iter().any(|help| word == help) => {
            tool::print(USAGE.as_bytes(), ExitCode::SUCCESS)
        }
        Some((word, files)) if word == "verify" && !files.is_empty() => {
            report(&files.iter().map(PathBuf::from).collect::<Vec<_>>())
        }
        _ => refuse(USAGE),
    }
}

fn report(files: &[PathBuf]) -> ExitCode {
    match verify(files) {
        Ok(Verdict::Sound { records, last }) => tool::print(
            format!("ok: {records} records, the last with {last}\n").as_bytes(),
            ExitCode::SUCCESS,
        ),
        Ok(Verdict::Broken { file, line, reason }) => {
            let text = format!("{}: line {line} is broken: {reason}\n", file.display());
            tool::print(text.as_bytes(), BROKEN.into())
        }
        Err((file, error)) => refuse(&format!("{}: {}\n", file.display(), strerror(&error))),
    }
}

fn refuse(text: &str) -> ExitCode {
    // Where standard error is closed nobody reads.
    let _ = write!(io::stderr(), "qemu-ga audit: {text}");
    NOT_DONE.into()
}
