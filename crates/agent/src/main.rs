//! The QEMU guest agent.

use std::process::ExitCode;

fn main() -> ExitCode {
    qga_agent::start::run(std::env::args_os())
}
