//! The command line, declared once: help and parser are readers of it.

use crate::failure::Usage;
use clap::{Parser, Subcommand};
use qga_client::{Address, Client, Options};
use std::time::Duration;

/// Talks to the guest agent inside a virtual machine.
#[derive(Debug, Parser)]
#[command(name = "qga", version, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 ok, 1 error (the agent's or here), 2 usage, 3 unreachable, 4 timed out."
)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What all verbs share.
#[derive(Debug, clap::Args)]
pub(crate) struct Common {
    /// Where the guest's agent is: unix:PATH, vsock:CID:PORT or serial:PATH
    #[arg(short, long, global = true, env = "QGA_CONNECT", value_name = "ADDRESS")]
    connect: Option<Address>,
    /// How long each answer of the agent may take
    #[arg(long, global = true, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    timeout: Duration,
    /// Print JSON for programs instead of text for people
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Ask whether the agent answers, and how fast
    Ping,
    /// Show what the agent knows of the guest, on one screen
    Info,
    /// Send any command, with its arguments as JSON, and print the answer
    Call {
        /// The command's name, such as guest-get-time
        name: String,
        /// Its arguments, such as '{"handle": 1000}'
        arguments: Option<String>,
    },
    /// Print files of the guest
    Cat {
        /// Absolute path inside the guest
        #[arg(required = true, value_name = "FILE")]
        files: Vec<String>,
    },
    /// Try everything out on an agent of its own, on this machine; harmless, needs no guest
    Demo,
}

impl Common {
    /// Connects to the guest that the command line names.
    pub(crate) fn connect(&self) -> anyhow::Result<Client> {
        let Some(address) = &self.connect else {
            let text =
                "which guest? name its channel with -c unix:PATH or -c vsock:CID:PORT, or set QGA_CONNECT";
            return Err(Usage(text.to_owned()).into());
        };
        Ok(Client::connect(address, self.options())?)
    }

    /// How long to wait for what.
    pub(crate) fn options(&self) -> Options {
        Options { timeout: self.timeout, ..Options::default() }
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "expected a number of seconds".to_owned())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(timeout) if !timeout.is_zero() => Ok(timeout),
        _ => Err("expected a number of seconds above 0".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_declaration_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_timeout_is_a_number_of_seconds_above_zero() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        for text in ["", "0", "-1", "ten", "inf", "nan"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
