use super::arguments::Options;
use super::finding::Finding;
use crate::config::{Config, Wish};
use crate::policy::PolicyError;
use qga_wire::Declaration;
use qga_wire::list::COMMANDS;
use std::env;

const TOPIC: &str = "configuration";

/// How the agent would serve; by what is built in if it would not.
pub(super) fn examine(options: Options) -> (Config, Vec<Finding>) {
    let read = Config::read(options, env::var_os("QGA_CONF"));
    let read = read.map(|wish| match wish {
        Wish::Serve(config) | Wish::DumpConf(config) => config,
        Wish::Usage | Wish::Version | Wish::CommandNames => Config::default(),
    });
    let completed = read.and_then(|mut config| config.complete_path().map(|()| config));
    match completed {
        Ok(config) => (config, vec![Finding::fine(TOPIC, "valid")]),
        Err(error) => {
            let remedy = "the agent does not start with it; qemu-ga --dump-conf shows what is understood";
            (Config::default(), vec![Finding::problem(TOPIC, error, remedy)])
        }
    }
}

/// What the host may do, or why that is next to nothing.
pub(super) fn policy(error: Option<&PolicyError>, permits: impl Fn(&Declaration) -> bool) -> Finding {
    const TOPIC: &str = "policy";
    if let Some(error) = error {
        let remedy = "until it is mended next to nothing is permitted; qemu-ga policy check tells more";
        return Finding::problem(TOPIC, error, remedy);
    }
    let refused = COMMANDS.iter().filter(|command| !permits(command)).count();
    Finding::fine(TOPIC, format_args!("valid; commands refused: {refused} of {}", COMMANDS.len()))
}
