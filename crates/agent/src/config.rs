//! The configuration: what is built in, then what the configuration file says, then the command line
//! (compat.md D.2, D.3).

use crate::audit;
use crate::freeze::Rules;
use crate::keyfile::{self, KeyFile, Problem};
use crate::options::{Given, Misuse, OPTIONS, Role};
use glob::Pattern;
use qga_platform::{store, strerror};
use qga_transport::Method;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The configuration file when none is named; it may be missing.
pub(crate) const DEFAULT_FILE: &str = "/etc/qemu/qemu-ga.conf";
/// The hook script when `-F` names none.
pub(crate) const DEFAULT_HOOK: &str = "/etc/qemu/fsfreeze-hook";
const DEFAULT_PIDFILE: &str = "/var/run/qemu-ga.pid";
const DEFAULT_STATEDIR: &str = "/var/run";
/// How long a freeze may stand, in seconds: long enough for a snapshot or a short copy, and short enough that
/// a guest whose host forgot it comes back by itself.
const DEFAULT_LIMIT: Duration = Duration::from_secs(600);
/// How long a hook may take, in seconds: as long as Proxmox waits for a thaw (compat.md, what hosts expect).
const DEFAULT_HOOK_LIMIT: Duration = Duration::from_secs(180);

/// The keys and options of the reference agent's lists of commands.
pub(crate) const BLOCK_RPCS: &str = "block-rpcs";
pub(crate) const ALLOW_RPCS: &str = "allow-rpcs";

/// The group of the keys that the reference agent has.
pub(crate) const GENERAL: &str = "general";
/// The group of those about freezing that it does not have.
pub(crate) const FREEZE: &str = "freeze";
/// The group of those about the audit, which it does not have either.
pub(crate) const AUDIT: &str = "audit";

/// The keys of that group whose values cannot change while the agent runs.
const FIXED: [&str; 5] = ["daemon", "method", "path", "pidfile", "statedir"];

/// How the agent is to run; the options of the command line say what the fields mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Config {
    /// The configuration file, whether it is there or not. What it says of the policy is read apart.
    pub(crate) file: PathBuf,
    pub(crate) daemon: bool,
    /// As given: whether there is such a method is found out when the channel is opened.
    pub(crate) method: OsString,
    pub(crate) path: Option<PathBuf>,
    pub(crate) logfile: Option<PathBuf>,
    pub(crate) pidfile: PathBuf,
    pub(crate) statedir: PathBuf,
    pub(crate) verbose: bool,
    pub(crate) retry_path: bool,
    pub(crate) block_rpcs: Vec<String>,
    pub(crate) allow_rpcs: Vec<String>,
    pub(crate) freeze: Rules,
    pub(crate) audit: audit::Rules,
}

/// A field of the configuration, of the kind that its option and its key share.
#[derive(Debug)]
pub(crate) enum Field<'a> {
    /// Off until it is turned on; the command line cannot turn it off.
    Switch(&'a mut bool),
    /// A text that always has a value.
    Text(&'a mut OsString),
    /// A path that may not be set.
    Path(&'a mut Option<PathBuf>),
    /// Names of commands, which add up.
    Names(&'a mut Vec<String>),
    /// A time in whole seconds; 0 means that there is no limit.
    Limit(&'a mut Option<Duration>),
    /// Patterns of paths, which add up.
    Patterns(&'a mut Vec<Pattern>),
    /// Which requests are recorded.
    Level(&'a mut audit::Level),
}

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// To serve.
    Serve(Config),
    /// To print how it would serve.
    DumpConf(Config),
    /// To print the usage text.
    Usage,
    /// To print the version.
    Version,
    /// To print the names of all commands.
    CommandNames,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error(transparent)]
    Misuse(#[from] Misuse),
    #[error("option '--{option}' {reason}")]
    Value { option: &'static str, reason: String },
    #[error("error loading configuration from path: {}, {reason}", path.display())]
    File { path: PathBuf, reason: String },
    #[error("must specify a path for this channel")]
    NoPath,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            file: DEFAULT_FILE.into(),
            daemon: false,
            method: Method::VirtioSerial.as_str().into(),
            path: None,
            logfile: None,
            pidfile: DEFAULT_PIDFILE.into(),
            statedir: DEFAULT_STATEDIR.into(),
            verbose: false,
            retry_path: false,
            block_rpcs: Vec::new(),
            allow_rpcs: Vec::new(),
            freeze: Rules {
                hook: None,
                hook_limit: Some(DEFAULT_HOOK_LIMIT),
                limit: Some(DEFAULT_LIMIT),
                exclude: Vec::new(),
            },
            audit: audit::Rules::default(),
        }
    }
}

impl Config {
    /// Reads the file that the command line or `named`, the value of `QGA_CONF`, names, and then the command
    /// line. What is wrong with the file is told first, whatever else the command line asks for.
    pub(crate) fn read(
        given: Vec<Result<Given, Misuse>>,
        named: Option<OsString>,
    ) -> Result<Wish, ConfigError> {
        let place = Place::of(given.iter().flatten(), named);
        let mut config = Config { file: place.path.clone(), ..Config::default() };
        if let Some(content) = place.load()? {
            config.read_file(&content).map_err(|problem| place.error(problem.to_string()))?;
        }
        let mut dump = false;
        for given in given {
            let Given { option, value } = given?;
            match option.role {
                Role::ConfigFile | Role::Ignored => {}
                Role::DumpConf => dump = true,
                Role::Version => return Ok(Wish::Version),
                Role::Help => return Ok(Wish::Usage),
                Role::Sets { field, .. } => match field(&mut config) {
                    Field::Names(_) if value == "help" || value == "?" => return Ok(Wish::CommandNames),
                    field => field.set(value).map_err(|reason| ConfigError::Value {
                        option: option.long.unwrap_or_default(),
                        reason,
                    })?,
                },
            }
        }
        Ok(if dump { Wish::DumpConf(config) } else { Wish::Serve(config) })
    }

    /// Takes over what the content of a configuration file says.
    pub(crate) fn read_file(&mut self, content: &[u8]) -> Result<(), Problem> {
        let file = KeyFile::parse(content)?;
        for option in OPTIONS {
            let Role::Sets { group, key, field } = option.role else { continue };
            let field = field(self);
            if let Field::Switch(switch) = field {
                *switch = file.switch(group, key)?.unwrap_or(*switch);
            } else if let Some(text) = file.text(group, key)? {
                field.set(text.into()).map_err(|reason| file.problem(group, key, &reason))?;
            }
        }
        Ok(())
    }

    /// Has relative paths of the agent's own files lead from `directory`, wherever the agent works later.
    pub(crate) fn anchor(&mut self, directory: &Path) {
        let optional = [&mut self.logfile, &mut self.audit.file].into_iter().filter_map(Option::as_mut);
        for path in [&mut self.file, &mut self.statedir, &mut self.pidfile].into_iter().chain(optional) {
            *path = directory.join(&*path);
        }
    }

    /// Takes over what cannot change from the configuration that is in force; gives the keys of what would have.
    pub(crate) fn keep_fixed(&mut self, running: &Config) -> Vec<&'static str> {
        let (mut new, mut old) = (self.clone(), running.clone());
        let mut changed = Vec::new();
        for option in OPTIONS {
            let Role::Sets { group: GENERAL, key, field } = option.role else { continue };
            if FIXED.contains(&key) && field(&mut new).show() != field(&mut old).show() {
                changed.push(key);
            }
        }
        let Config { daemon, method, path, pidfile, statedir, .. } = old;
        *self = Config { daemon, method, path, pidfile, statedir, ..new };
        changed
    }

    /// Fills in the path that the method has by default; without one there must be a path.
    pub(crate) fn complete_path(&mut self) -> Result<(), ConfigError> {
        if self.path.is_none() {
            let method: Option<Method> = self.method.to_str().and_then(|method| method.parse().ok());
            self.path = method.and_then(Method::default_path).map(PathBuf::from);
        }
        self.path.as_ref().map(drop).ok_or(ConfigError::NoPath)
    }

    /// The configuration in the form of the file: all keys that the reference agent has, and after them ours
    /// that differ from the defaults.
    pub(crate) fn dump(&self) -> Vec<u8> {
        let (mut config, mut defaults) = (self.clone(), Config::default());
        let mut text = Vec::new();
        let mut last_group = "";
        for option in OPTIONS {
            let Role::Sets { group, key, field } = option.role else { continue };
            let Some(value) = field(&mut config).show() else { continue };
            if group != GENERAL && field(&mut defaults).show().as_ref() == Some(&value) {
                continue;
            }
            if group != last_group {
                let above = if last_group.is_empty() { "" } else { "\n" };
                text.extend(format!("{above}[{group}]\n").into_bytes());
                last_group = group;
            }
            text.extend([key.as_bytes(), b"=", &keyfile::escape(&value), b"\n"].concat());
        }
        text
    }
}

impl Field<'_> {
    /// Gives the field the value that an option or a key has; a switch is turned on. An error tells what the
    /// value must be.
    fn set(self, value: OsString) -> Result<(), String> {
        match self {
            Field::Switch(switch) => *switch = true,
            Field::Text(text) => *text = value,
            Field::Path(path) => *path = Some(value.into()),
            // The names of one list stand in reverse: the reference agent shows them so in --dump-conf.
            Field::Names(names) if !value.is_empty() => {
                names.extend(value.to_string_lossy().split(',').rev().map(str::to_owned));
            }
            Field::Names(_) => {}
            Field::Limit(limit) => *limit = seconds(&value.to_string_lossy())?,
            Field::Patterns(patterns) => patterns.extend(self::patterns(&value.to_string_lossy())?),
            Field::Level(level) => *level = value.to_string_lossy().parse()?,
        }
        Ok(())
    }

    /// The value as the configuration file has it; `None` if it is not set.
    pub(crate) fn show(self) -> Option<Vec<u8>> {
        match self {
            Field::Switch(switch) => Some(switch.to_string().into_bytes()),
            Field::Text(text) => Some(text.as_bytes().to_vec()),
            Field::Path(path) => path.clone().map(|path| path.into_os_string().into_vec()),
            Field::Names(names) => Some(names.join(",").into_bytes()),
            Field::Limit(limit) => Some(limit.unwrap_or_default().as_secs().to_string().into_bytes()),
            Field::Patterns(patterns) => {
                let patterns: Vec<&str> = patterns.iter().map(Pattern::as_str).collect();
                Some(patterns.join(";").into_bytes())
            }
            Field::Level(level) => Some(level.as_str().as_bytes().to_vec()),
        }
    }
}

fn seconds(text: &str) -> Result<Option<Duration>, String> {
    let seconds = text.trim().parse().map_err(|_| format!("must be a number of seconds, not '{text}'"))?;
    Ok(Some(Duration::from_secs(seconds)).filter(|limit| !limit.is_zero()))
}

fn patterns(text: &str) -> Result<Vec<Pattern>, String> {
    let words = text.split([';', ',']).map(str::trim).filter(|word| !word.is_empty());
    let parse =
        |word| Pattern::new(word).map_err(|error| format!("has a bad pattern, '{word}': {}", error.msg));
    words.map(parse).collect()
}

/// The one file that counts: the last that an option names, else the one `named`, else the default one.
struct Place {
    path: PathBuf,
    must_exist: bool,
}

impl Place {
    fn of<'a>(given: impl Iterator<Item = &'a Given>, named: Option<OsString>) -> Place {
        let by_option = given.filter(|given| matches!(given.option.role, Role::ConfigFile)).last();
        let path = match by_option {
            Some(given) => given.value.clone(),
            None => named.unwrap_or_else(|| OsStr::new(DEFAULT_FILE).to_owned()),
        };
        Place { path: path.into(), must_exist: by_option.is_some() }
    }

    fn load(&self) -> Result<Option<Vec<u8>>, ConfigError> {
        match store::read(&self.path) {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !self.must_exist => Ok(None),
            Err(error) => Err(self.error(strerror(&error))),
        }
    }

    fn error(&self, reason: String) -> ConfigError {
        ConfigError::File { path: self.path.clone(), reason }
    }
}

#[cfg(test)]
mod tests;
