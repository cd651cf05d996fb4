//! Reading the configuration again while the agent runs.

use super::channel::Reopening;
use super::failure::{ReloadError, tell};
use crate::agent::Agent;
use crate::config::{Config, ConfigError, Wish};
use crate::policy::Policy;
use crate::{hardening, logging, options, readiness};
use qga_platform::strerror;
use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How long it is waited for a thaw before that is waited for again.
const THAW_PATIENCE: Duration = Duration::from_secs(3600);

/// What the configuration comes from.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    /// The command line without the program's name.
    arguments: Vec<OsString>,
    /// The configuration file that the environment names.
    named: Option<OsString>,
    /// From where relative paths lead, also after the working directory has changed.
    pub(super) directory: PathBuf,
}

impl Origin {
    /// That of this process, if its arguments are these.
    pub(super) fn of_process(arguments: Vec<OsString>) -> Origin {
        // Without a working directory relative paths lead nowhere now, nor later.
        Origin {
            arguments,
            named: env::var_os("QGA_CONF"),
            directory: env::current_dir().unwrap_or_default(),
        }
    }

    /// Reads it for the first time.
    pub(super) fn read(&self) -> Result<Wish, ConfigError> {
        Config::read(options::parse(self.arguments.iter().cloned()), self.named.clone())
    }

    /// Reads it again, to serve by it.
    fn read_again(&self) -> Result<Config, ReloadError> {
        let mut given = options::parse(self.arguments.iter().cloned());
        for given in given.iter_mut().flatten() {
            given.anchor(&self.directory);
        }
        let named = self.named.as_ref().map(|path| self.directory.join(path).into_os_string());
        let Wish::Serve(mut config) = Config::read(given, named)? else {
            return Err(ReloadError::NotServing);
        };
        config.anchor(&self.directory);
        Ok(config)
    }
}

/// What has the agent go by another configuration. Clients, their files and programs, and a freeze stay.
pub(super) struct Reload {
    pub(super) origin: Origin,
    pub(super) agent: Arc<Agent>,
    /// Absent for a socket that was passed to the agent.
    pub(super) channel: Arc<Option<Reopening>>,
    /// The configuration in force.
    pub(super) config: Mutex<Config>,
    pub(super) turn: Mutex<Turn>,
}

/// One reload at a time.
#[derive(Debug, Default)]
pub(super) struct Turn {
    busy: bool,
    again: bool,
}

impl Reload {
    /// Reloads soon: on a thread of its own, as files may hang, and after the thaw if filesystems are frozen, as
    /// nothing may be written before.
    pub(super) fn ask(self: &Arc<Reload>) {
        {
            let mut turn = self.turn();
            if turn.busy {
                turn.again = true;
                return;
            }
            turn.busy = true;
        }
        let reload = Arc::clone(self);
        let spawned = thread::Builder::new().name("reload".to_owned()).spawn(move || reload.run());
        if let Err(error) = spawned {
            log::error!("the configuration is not read again: {}", strerror(&error));
            self.turn().busy = false;
        }
    }

    fn run(&self) {
        loop {
            if self.agent.freeze.is_under_way() {
                log::info!("the configuration is read again after the thaw");
                while !self.agent.freeze.wait_until_over(THAW_PATIENCE) {}
            }
            readiness::reloading();
            match self.carry_out() {
                Ok(()) => log::info!("the configuration was read again"),
                Err(error) => {
                    tell(&error);
                    log::error!("the configuration stays as it was");
                }
            }
            readiness::ready();
            let mut turn = self.turn();
            turn.busy = std::mem::take(&mut turn.again);
            if !turn.busy {
                return;
            }
        }
    }

    /// Nothing changes before all is known to be right.
    fn carry_out(&self) -> Result<(), ReloadError> {
        let mut config = self.origin.read_again()?;
        let running = self.running().clone();
        if self.channel.is_some() {
            config.complete_path()?;
        } else {
            (config.method, config.path) = (running.method.clone(), running.path.clone());
        }
        let fixed = config.keep_fixed(&running);
        let policy = match Policy::of(&config, &self.agent.os.root) {
            (policy, None) => policy,
            (_, Some(error)) => return Err(ReloadError::Policy(error)),
        };
        let needs = hardening::needs(&policy, &config.freeze, false);
        self.agent.check_kept(&needs).map_err(ReloadError::GivenUp)?;
        logging::move_to(config.logfile.as_deref()).map_err(ReloadError::LogFile)?;
        for key in fixed {
            log::error!("'{key}' stays as it was: the agent must be started again to change it");
        }
        self.go_by(config, policy);
        Ok(())
    }

    fn go_by(&self, config: Config, policy: Policy) {
        logging::set_verbose(config.verbose);
        self.agent.adopt(policy);
        self.agent.freeze.follow(config.freeze.clone());
        self.agent.audit.follow(config.audit.clone());
        if let Some(channel) = self.channel.as_ref() {
            channel.keep_trying(config.retry_path);
        }
        *self.running() = config;
    }

    fn running(&self) -> MutexGuard<'_, Config> {
        self.config.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self) -> MutexGuard<'_, Turn> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
