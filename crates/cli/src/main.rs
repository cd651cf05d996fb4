//! The program `qga`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    qga_cli::run()
}
