//! `qga exec -- CMD ARGS`.

use crate::args::Common;
use crate::failure::{INTERRUPTED, Late, Usage};
use crate::interrupt::Interrupts;
use crate::output;
use crate::process::exit_code_of;
use crate::terminal::Escaped;
use anyhow::Context;
use qga_client::Error;
use qga_wire::family::exec::{Exec, ExecCaptureOutput, ExecResult};
use qga_wire::{Base64, Command};
use std::io::{self, Read, Write};
use std::process::{self, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
The exit code is that of CMD, 128+N if signal N ended it. --timeout is the time that CMD may take as a whole; it \
goes on in the guest after that.")]
pub(crate) struct Args {
    /// Set a variable; then CMD gets these and a PATH, and nothing of the agent's own environment
    #[arg(short, long, value_name = "NAME=VALUE")]
    env: Vec<String>,
    /// Give CMD what comes from standard input, once that has ended
    #[arg(short, long)]
    pub(crate) input: bool,
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "CMD")]
    command: Vec<String>,
}

/// What programs are searched in when the environment is given, and this is not.
const PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

pub(crate) fn run(common: &Common, args: &Args) -> anyhow::Result<ExitCode> {
    let exec = request(args)?;
    let started = Arc::new(AtomicI64::new(NOT_STARTED));
    let seen = Arc::clone(&started);
    let command = exec.path.clone();
    let _interrupts = Interrupts::catch(move || {
        output::remark(&farewell(&command, seen.load(Ordering::Relaxed)));
        process::exit(INTERRUPTED.into())
    })?;
    let mut client = common.connect()?;
    let ended = client
        .run(&exec, common.timeout, |pid| started.store(pid, Ordering::Relaxed))
        .map_err(|error| lost(error, &exec.path, started.load(Ordering::Relaxed)))?;
    let Some(ended) = ended else {
        let within = common.timeout.unwrap_or_default().as_secs_f64();
        let whereabouts = whereabouts(started.load(Ordering::Relaxed));
        return Err(Late(format!("{} takes longer than {within} s; {whereabouts}", exec.path)).into());
    };
    if common.json() {
        output::json(&ended)?;
        return Ok(code(&ended));
    }
    show(ended)
}

fn request(args: &Args) -> anyhow::Result<Exec> {
    let Some((path, rest)) = args.command.split_first() else {
        return Err(Usage("which program?".to_owned()).into());
    };
    let input_data = args.input.then(read_input).transpose()?.map(Into::into);
    let capture_output = Some(ExecCaptureOutput::Flag(true));
    Ok(Exec {
        path: path.clone(),
        arg: Some(rest.to_vec()),
        env: environment(&args.env)?,
        input_data,
        capture_output,
    })
}

fn environment(given: &[String]) -> Result<Option<Vec<String>>, Usage> {
    let is_odd = |variable: &&String| variable.split_once('=').is_none_or(|(name, _)| name.is_empty());
    if let Some(odd) = given.iter().find(is_odd) {
        return Err(Usage(format!("'{odd}' is no variable: expected NAME=VALUE")));
    }
    let has_path = given.iter().any(|variable| variable.starts_with("PATH="));
    let path = (!has_path).then(|| PATH.to_owned());
    Ok((!given.is_empty()).then(|| given.iter().cloned().chain(path).collect()))
}

fn read_input() -> anyhow::Result<Vec<u8>> {
    let mut input = Vec::new();
    io::stdin().lock().read_to_end(&mut input).context("cannot read standard input")?;
    Ok(input)
}

fn show(ended: ExecResult) -> anyhow::Result<ExitCode> {
    let exit_code = code(&ended);
    let streams = [
        ("output", output::guest_bytes(), ended.out_data, ended.out_truncated),
        ("errors", output::guest_errors(), ended.err_data, ended.err_truncated),
    ];
    for (name, mut stream, bytes, truncated) in streams {
        let bytes =
            bytes.map(Base64::into_bytes).transpose().with_context(|| format!("the program's {name}"))?;
        stream.write_all(&bytes.unwrap_or_default())?;
        stream.flush()?;
        if truncated == Some(true) {
            output::remark(&format!(
                "qga: the rest of the program's {name} is lost: the agent keeps no more"
            ));
        }
    }
    Ok(exit_code)
}

fn code(ended: &ExecResult) -> ExitCode {
    exit_code_of(ended.exitcode, ended.signal).into()
}

/// No process has this number.
const NOT_STARTED: i64 = -1;

fn farewell(command: &str, pid: i64) -> String {
    match pid {
        NOT_STARTED => "\nqga: interrupted before the guest said that it had started anything".to_owned(),
        pid => format!("\nqga: interrupted; {} goes on: {}", Escaped(command), whereabouts(pid)),
    }
}

/// What is to be told with an error, when a program may go on that nobody hears of any more.
fn lost(error: Error, command: &str, pid: i64) -> anyhow::Error {
    match (pid, &error) {
        (NOT_STARTED, Error::TimedOut { command: unanswered, .. }) if unanswered == Exec::NAME => {
            anyhow::Error::new(error).context(format!("{command} may have been started in the guest"))
        }
        (NOT_STARTED, _) => error.into(),
        (pid, _) => anyhow::Error::new(error)
            .context(format!("{command} was started in the guest as process {pid}, and may go on")),
    }
}

fn whereabouts(pid: i64) -> String {
    format!("it runs in the guest as process {pid}, and qga exec -- kill {pid} ends it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_always_has_a_path() {
        let environment = |given: &[&str]| {
            environment(&given.iter().map(|&variable| variable.to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(environment(&[]).unwrap(), None);
        assert_eq!(environment(&["A=1"]).unwrap().unwrap(), ["A=1", PATH]);
        assert_eq!(environment(&["PATH=/x"]).unwrap().unwrap(), ["PATH=/x"]);
        for odd in ["A", "=1", ""] {
            assert!(environment(&[odd]).is_err(), "{odd}");
        }
    }
}
