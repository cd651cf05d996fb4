//! Runs a program in a guest and shows what it writes while it runs: the agent itself hands that out only at the end.
//!
//! ```sh
//! cargo run -p qga-client --example exec unix:/run/guest.sock apt-get -y upgrade
//! ```
//!
//! The guest's bytes go to the terminal as they are: have them escaped if you do not trust the guest.

use qga_client::qga_wire::family::exec::{Exec, ExecCaptureOutput, ExecResult, ExecStatus};
use qga_client::{Client, FileError, Options};
use std::io::{self, SeekFrom, Write};
use std::process::ExitCode;
use std::time::Duration;
use std::{env, thread};

/// How long to wait between two looks at what was written.
const PAUSE: Duration = Duration::from_millis(200);
/// Runs what comes after the file, with all its output in the file.
const INTO_FILE: &str = "file=$1; shift; exec \"$@\" >\"$file\" 2>&1";

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (Some(address), Some(program @ [_, ..])) = (arguments.first(), arguments.get(1..)) else {
        return Err("usage: exec ADDRESS PROGRAM [ARGUMENT...]".into());
    };
    let mut client = Client::connect(&address.parse()?, Options::default())?;
    let ended = stream(&mut client, program, &mut io::stdout())?;
    Ok(ended.exitcode.and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Runs `program` with its arguments and hands what it writes on to `out` while it runs.
pub(crate) fn stream(
    client: &mut Client,
    program: &[String],
    out: &mut impl Write,
) -> Result<ExecResult, FileError> {
    let made = client.run(&exec("mktemp", &[], true), None, |_| ())?.unwrap_or_default();
    let name = made.out_data.and_then(|name| name.into_bytes().ok()).unwrap_or_default();
    let file = String::from_utf8_lossy(&name).trim_end().to_owned();
    let streamed = stream_from(client, &file, program, out);
    client.run(&exec("rm", &["-f".to_owned(), file], false), None, |_| ())?;
    streamed
}

fn stream_from(
    client: &mut Client,
    path: &str,
    program: &[String],
    out: &mut impl Write,
) -> Result<ExecResult, FileError> {
    let shell = ["-c".to_owned(), INTO_FILE.to_owned(), "sh".to_owned(), path.to_owned()];
    let pid = client.call(&exec("sh", &[&shell, program].concat(), false))?.pid;
    let mut shown = 0;
    loop {
        // Asked first, so that all that was written until the end is read after it.
        let status = client.call(&ExecStatus { pid })?;
        shown += client.with_file(path, "r", |file| {
            file.seek(SeekFrom::Start(shown))?;
            file.copy_to(out, |_| ())
        })?;
        if status.exited {
            return Ok(status);
        }
        thread::sleep(PAUSE);
    }
}

fn exec(path: &str, arguments: &[String], keeps_output: bool) -> Exec {
    Exec {
        path: path.to_owned(),
        arg: Some(arguments.to_vec()),
        env: None,
        input_data: None,
        capture_output: Some(ExecCaptureOutput::Flag(keeps_output)),
    }
}
