use super::arguments::Options;
use super::finding::Finding;
use crate::config::{Config, Wish};
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
