//! A command on this host while the guest stands still.
//!
//! From the moment in which the freeze is asked for, every way out of here goes through the thaw.

use super::{Args, freeze_mounts, refuse_frozen};
use crate::args::Common;
use crate::failure::{self, INTERRUPTED, Late};
use crate::interrupt::Interrupts;
use crate::output;
use crate::process::{self, GLANCE};
use crate::terminal::Escaped;
use anyhow::{Context, Error, anyhow, bail};
use qga_client::{Client, Options};
use qga_wire::family::freeze::FsfreezeThaw;
use serde::Serialize;
use std::io;
use std::process::{Child, Command, ExitCode};
use std::time::{Duration, Instant};

/// How long a command may take to end after it was asked to.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// How often a thaw is tried that is not answered.
const THAW_ATTEMPTS: u32 = 3;

/// How the command came to its end, or did not.
enum Outcome {
    Ended(u8),
    Interrupted(Option<Child>),
    TookTooLong(Child),
    /// Nothing was begun.
    Refused(Error),
    Failed(Error),
}

impl Outcome {
    /// Whether the agent itself says that nothing is frozen.
    fn is_refusal(&self) -> bool {
        matches!(self, Outcome::Refused(error) if !failure::is_silence(error))
    }
}

/// What was done, for programs.
#[derive(Debug, Serialize)]
struct Report {
    frozen: i64,
    seconds: f64,
    code: u8,
}

pub(super) fn run(
    common: &Common,
    args: &Args,
    program: &str,
    arguments: &[String],
) -> anyhow::Result<ExitCode> {
    let interrupts = Interrupts::catch(|| output::remark("\nqga: interrupted; thawing the guest"))?;
    // A freeze writes out what is in memory, which may take its time.
    let options = Options { timeout: common.timeout.unwrap_or(args.max), ..common.options() };
    let mut client = common.connect_within(options)?;
    refuse_frozen(&mut client)?;
    let mut command = Command::new(program);
    command.args(arguments);
    if common.json() {
        // Standard output is for the report.
        command.stdout(io::stderr());
    }
    let start = Instant::now();
    let (frozen, outcome) = match freeze_mounts(&mut client, &args.mounts) {
        Ok(count) if count > 0 => (count, supervise(&mut command, start + args.max, &interrupts)),
        Ok(_) => (0, Outcome::Refused(anyhow!("nothing in the guest can be frozen; {program} was not run"))),
        Err(error) => (0, Outcome::Refused(Error::new(error).context(format!("{program} was not run")))),
    };
    let refused = outcome.is_refusal();
    let stood_still = match thaw(common, options, client) {
        Ok(stood_still) => stood_still,
        // An agent that refuses both has nothing frozen.
        Err(error) if refused && !failure::is_silence(&error) => false,
        Err(error) => {
            report_untold(conclude(outcome, program, args.max));
            return Err(error);
        }
    };
    let seconds = start.elapsed().as_secs_f64();
    if !refused && !common.json() {
        output::remark(&format!("The guest stood still for {seconds:.2} s."));
    }
    let code = conclude(outcome, program, args.max)?;
    if !stood_still {
        bail!(
            "the guest was thawed before {program} was done, by somebody else or a time limit of its agent"
        );
    }
    if common.json() {
        output::json(&Report { frozen, seconds, code })?;
    }
    Ok(code.into())
}

/// The thaw that failed is what the program ends with, so this would get lost.
fn report_untold(conclusion: anyhow::Result<u8>) {
    if let Err(error) = conclusion {
        output::remark(&failure::line(&error));
    }
}

fn supervise(command: &mut Command, deadline: Instant, interrupts: &Interrupts) -> Outcome {
    if interrupts.within(Duration::ZERO) {
        return Outcome::Interrupted(None);
    }
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return Outcome::Failed(Error::new(error).context(format!("cannot run {name}"))),
    };
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Outcome::Ended(process::exit_code(status)),
            Ok(None) if Instant::now() >= deadline => return Outcome::TookTooLong(child),
            Ok(None) if interrupts.within(GLANCE) => return Outcome::Interrupted(Some(child)),
            Ok(None) => {}
            Err(error) => {
                return Outcome::Failed(Error::new(error).context(format!("cannot wait for {name}")));
            }
        }
    }
}

/// Thaws, and says whether anything was still frozen; when that is not answered, over a new connection, as the old one may be what is broken.
fn thaw(common: &Common, options: Options, client: Client) -> anyhow::Result<bool> {
    let mut connected = Ok(client);
    let mut attempt = 1;
    loop {
        let tried = connected.and_then(|mut client| Ok(client.call(&FsfreezeThaw {})?));
        match tried {
            // An attempt that was not answered may have done it.
            Ok(count) => return Ok(count > 0 || attempt > 1),
            Err(error) if attempt < THAW_ATTEMPTS && failure::is_silence(&error) => {
                output::remark(&format!("{}; trying again", failure::line(&error)));
            }
            Err(error) => {
                return Err(error.context(
                    "the guest could not be thawed and may still stand still; try qga thaw until it answers",
                ));
            }
        }
        attempt += 1;
        connected = common.connect_within(options);
    }
}

/// What is left to do and to say when the guest runs again.
fn conclude(outcome: Outcome, program: &str, max: Duration) -> anyhow::Result<u8> {
    match outcome {
        Outcome::Ended(code) => Ok(code),
        Outcome::Refused(error) | Outcome::Failed(error) => Err(error),
        Outcome::Interrupted(child) => {
            child.map_or(Ok(()), |child| end(child, program))?;
            Ok(INTERRUPTED)
        }
        Outcome::TookTooLong(child) => {
            end(child, program)?;
            let text = format!(
                "{program} took longer than {} s; the guest was thawed before it was done",
                max.as_secs_f64()
            );
            Err(Late(text).into())
        }
    }
}

fn end(mut child: Child, program: &str) -> anyhow::Result<()> {
    process::end_within(&mut child, LAST_WORDS).with_context(|| format!("cannot end {}", Escaped(program)))
}
