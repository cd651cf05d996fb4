use super::arguments::Options;
use super::finding::Finding;
use crate::config::Config;
use crate::policy::PolicyError;
use crate::tool;
use qga_wire::Declaration;
use qga_wire::list::COMMANDS;

const TOPIC: &str = "configuration";

/// How the agent would serve; by what is built in if it would not.
pub(super) fn examine(options: Options) -> (Config, Vec<Finding>) {
    match tool::configuration(options) {
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
