//! `qemu-ga doctor`: looks at everything that the agent needs, and says what to do about what is missing.
//!
//! It changes nothing, and writes nothing but what it prints: filesystems may be frozen.

mod arguments;
mod configuration;
mod finding;

use crate::tool;
use arguments::{Arguments, Form};
use finding::{Finding, Verdict};
use qga_wire::json;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

/// Something keeps the agent from its work.
const SICK: u8 = 1;
/// The command line makes no sense.
const MISUSED: u8 = 2;

const USAGE: &str = "\
Usage: qemu-ga doctor [--json] [<options of the agent>]

Looks at what the agent needs, and prints for each thing whether it is ok, a
warning or a problem, with what to do about it. Give it the options that the
agent is started with. --json prints a list of objects with topic, verdict,
text and remedy.

Exit code: 0 without a problem, 1 with one, 2 for a wrong command line.
";

/// Runs it with the arguments that follow its name.
pub(crate) fn run(arguments: Vec<OsString>) -> ExitCode {
    match Arguments::parse(arguments) {
        Ok(Arguments::Help) => tool::print(USAGE.as_bytes(), ExitCode::SUCCESS),
        Ok(Arguments::Examine { form, options }) => {
            let findings = examine(options);
            let sick = findings.iter().any(|finding| finding.verdict == Verdict::Problem);
            tool::print(&report(&findings, form), if sick { SICK.into() } else { ExitCode::SUCCESS })
        }
        Err(problem) => {
            // Where standard error is closed nobody reads.
            let _ = write!(io::stderr(), "qemu-ga doctor: {problem}\n{USAGE}");
            MISUSED.into()
        }
    }
}

fn examine(options: arguments::Options) -> Vec<Finding> {
    let (_config, findings) = configuration::examine(options);
    findings
}

fn report(findings: &[Finding], form: Form) -> Vec<u8> {
    match form {
        Form::Text => findings.iter().flat_map(|finding| finding.to_string().into_bytes()).collect(),
        Form::Json => {
            let mut line = Vec::new();
            let written = json::write(&mut line, findings);
            debug_assert!(written.is_ok(), "texts can be written");
            line.push(b'\n');
            line
        }
    }
}
