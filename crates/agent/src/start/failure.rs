use crate::config::ConfigError;
use crate::policy::PolicyError;
use crate::state::StateError;
use qga_platform::{process::PidFileError, strerror};
use qga_transport::{InheritError, OpenError, UnsupportedMethod};
use std::error::Error;
use std::io;

/// Why the agent does not start; worded as by the reference agent (compat.md D.4), which tells the sources
/// first.
#[derive(Debug, thiserror::Error)]
pub(super) enum StartError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Inherit(#[from] InheritError),
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error("error initializing guest agent")]
    Initialize(#[source] InitError),
    #[error("cannot go into the background: {}", strerror(.0))]
    Background(io::Error),
    #[error(transparent)]
    PidFile(#[from] PidFileError),
    #[error("cannot start serving: {}", strerror(.0))]
    Serve(io::Error),
    #[error("cannot write to standard output: {}", strerror(.0))]
    Print(io::Error),
}

#[derive(Debug, thiserror::Error)]
pub(super) enum InitError {
    #[error("unable to open specified log file: {}", strerror(.0))]
    LogFile(io::Error),
    #[error("failed to load persistent state")]
    State(#[from] StateError),
    #[error("cannot catch signals: {}", strerror(.0))]
    Signals(io::Error),
    #[error("failed to initialize guest agent channel")]
    Channel(#[from] ChannelError),
}

/// Why the configuration stays as it was.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReloadError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("the command line does not ask to serve")]
    NotServing,
    #[error("the policy is wrong: {0}")]
    Policy(PolicyError),
    #[error("{0}")]
    GivenUp(String),
    #[error("unable to open specified log file: {}", strerror(.0))]
    LogFile(io::Error),
}

#[derive(Debug, thiserror::Error)]
pub(super) enum ChannelError {
    #[error(transparent)]
    Method(#[from] UnsupportedMethod),
    #[error("failed to create guest agent channel")]
    Open(#[from] OpenError),
}

/// Logs an error and what it comes from, the first cause first.
pub(super) fn tell(error: &dyn Error) {
    if let Some(source) = error.source() {
        tell(source);
    }
    log::error!("{error}");
}
