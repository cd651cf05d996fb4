//! The agent as a program: from its command line to its exit code, in the order of compat.md D.4.

mod channel;
mod failure;

use crate::access::Access;
use crate::agent::Agent;
use crate::config::{Config, ConfigError, Wish};
use crate::freeze::Freeze;
use crate::options::{self, Misuse};
use crate::pid::Pid;
use crate::signals::EndSignals;
use crate::state::{FrozenMark, HandleNumbers, Missing};
use crate::stillness::OwnWriting;
use crate::supervisor::Supervisor;
use crate::{logging, serve};
use channel::Reopening;
use failure::{ChannelError, InitError, StartError, tell};
use qga_platform::process::{Fork, detach, fork};
use qga_platform::{Os, strerror};
use qga_transport::{Endpoint, Listener, Method, inherited};
use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf, absolute};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

/// Runs the program; `arguments` begin with its name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    logging::start();
    let mut arguments = arguments.into_iter();
    let program = arguments.next().unwrap_or_default().to_string_lossy().into_owned();
    match fulfil(&program, arguments) {
        Ok(code) => code,
        Err(StartError::Config(ConfigError::Misuse(misuse))) => {
            explain(&program, &misuse);
            ExitCode::FAILURE
        }
        Err(error) => {
            tell(&error);
            ExitCode::FAILURE
        }
    }
}

fn fulfil(program: &str, arguments: impl Iterator<Item = OsString>) -> Result<ExitCode, StartError> {
    match Config::read(options::parse(arguments), env::var_os("QGA_CONF"))? {
        Wish::Usage => print(options::usage(program).as_bytes()),
        Wish::Version => print(options::version().as_bytes()),
        Wish::CommandNames => print(options::command_names().as_bytes()),
        Wish::DumpConf(mut config) => {
            settle(&mut config)?;
            print(&config.dump())
        }
        Wish::Serve(mut config) => {
            let passed = settle(&mut config)?;
            start(config, passed)
        }
    }
}

fn print(text: &[u8]) -> Result<ExitCode, StartError> {
    io::stdout().write_all(text).map_err(StartError::Print)?;
    Ok(ExitCode::SUCCESS)
}

/// What the reference agent says to a wrong option, part of it on standard output.
fn explain(program: &str, misuse: &Misuse) {
    let advice = format!("Unknown option, try '{program} --help' for more information.\n");
    // Where neither can be written nobody reads.
    let _ = writeln!(io::stderr(), "{program}: {misuse}");
    let _ = io::stdout().write_all(advice.as_bytes());
}

/// Settles which channel to use: a socket that was passed to the agent has method and path of its own.
fn settle(config: &mut Config) -> Result<Option<Listener>, StartError> {
    let passed = inherited()?;
    match &passed {
        Some(listener) => {
            config.method = listener.method().as_str().into();
            config.path = None;
        }
        None => config.complete_path()?,
    }
    Ok(passed)
}

/// All that is needed to serve.
struct Ready {
    config: Config,
    mark: FrozenMark,
    /// Whether the mark was there.
    frozen: bool,
    numbers: HandleNumbers,
    signals: EndSignals,
    endpoint: Endpoint,
    /// Absent for a passed socket, which only who passed it could open again.
    channel: Option<Reopening>,
}

fn start(config: Config, passed: Option<Listener>) -> Result<ExitCode, StartError> {
    let ready = initialize(config, passed).map_err(StartError::Initialize)?;
    let pid = Arc::new(Pid::default());
    if ready.config.daemon && go_into_the_background(&ready, &pid)? == Fork::Parent {
        return Ok(ExitCode::SUCCESS);
    }
    let code = serve_until_the_end(ready, &pid);
    pid.remove();
    code
}

fn initialize(mut config: Config, passed: Option<Listener>) -> Result<Ready, InitError> {
    for path in [&mut config.statedir, &mut config.pidfile] {
        *path = lasting(path);
    }
    let mark = FrozenMark::new(&config.statedir);
    let frozen = mark.is_set();
    if frozen {
        log::warn!(
            "the agent before this one ended while filesystems were frozen: log file and pid file wait, and \
             only commands that are safe then are allowed, until guest-fsfreeze-thaw; or thaw them by hand, \
             remove {} and start again",
            mark.path().display()
        );
    }
    logging::set_verbose(config.verbose);
    open_log(&config, frozen).map_err(InitError::LogFile)?;
    log::debug!("version {} has started", env!("CARGO_PKG_VERSION"));
    let missing = if frozen { Missing::Leave } else { Missing::Create };
    let numbers = HandleNumbers::load(&config.statedir, missing)?;
    let signals = EndSignals::catch().map_err(InitError::Signals)?;
    let (endpoint, channel) = match passed {
        Some(listener) => (Endpoint::Listener(listener), None),
        None => open_channel(&config, &signals).map(|(endpoint, channel)| (endpoint, Some(channel)))?,
    };
    Ok(Ready { config, mark, frozen, numbers, signals, endpoint, channel })
}

/// The path as it will still be right when the working directory has changed.
fn lasting(path: &Path) -> PathBuf {
    absolute(path).unwrap_or_else(|_| path.to_owned())
}

fn open_log(config: &Config, frozen: bool) -> io::Result<()> {
    match &config.logfile {
        Some(path) if frozen => logging::to_file_later(lasting(path)),
        Some(path) => logging::to_file(path)?,
        None => {}
    }
    Ok(())
}

fn open_channel(config: &Config, signals: &EndSignals) -> Result<(Endpoint, Reopening), ChannelError> {
    let method: Method = config.method.to_string_lossy().parse()?;
    let path = config.path.clone().unwrap_or_default();
    let channel = Reopening::new(method, path, config.retry_path);
    let endpoint = if channel.keeps_trying() {
        signals.ending_at_once(|| channel.open_patiently())
    } else {
        channel.open()?
    };
    Ok((endpoint, channel))
}

/// Must be done before a thread is started, which would be missing afterwards.
fn go_into_the_background(ready: &Ready, pid: &Pid) -> Result<Fork, StartError> {
    let side = fork().map_err(StartError::Background)?;
    if side == Fork::Child {
        pid.want(ready.config.pidfile.clone());
        if !ready.frozen {
            pid.make()?;
        }
        detach().map_err(StartError::Background)?;
    }
    Ok(side)
}

fn serve_until_the_end(ready: Ready, pid: &Arc<Pid>) -> Result<ExitCode, StartError> {
    let Ready { config, mark, frozen, numbers, mut signals, endpoint, channel } = ready;
    let stillness = OwnWriting { mark, pid: Arc::clone(pid) };
    let mut freeze = Freeze::new(config.fsfreeze_hook, Box::new(stillness));
    if frozen {
        logging::hold();
        freeze = freeze.resumed();
    }
    let access = Access::new(config.allow_rpcs, config.block_rpcs);
    let agent = Agent::new(Os::system(), access, Box::new(move || numbers.next()), freeze);
    let agent = Arc::new(agent);
    let channel = Arc::new(channel);
    let supervisor = Supervisor::start().map_err(StartError::Serve)?;
    let end = signals.handle();
    let (served, reopening) = (Arc::clone(&agent), Arc::clone(&channel));
    thread::Builder::new()
        .name("channel".to_owned())
        .spawn(move || {
            serve_again_and_again(&served, &supervisor, endpoint, reopening.as_ref().as_ref());
            end.close();
        })
        .map_err(StartError::Serve)?;
    Ok(wait_for_the_end(&agent, &mut signals, channel.as_ref().as_ref()))
}

/// Serves the channel and each that takes its place; comes back when there is none any more.
fn serve_again_and_again(
    agent: &Arc<Agent>,
    supervisor: &Arc<Supervisor>,
    mut endpoint: Endpoint,
    channel: Option<&Reopening>,
) {
    loop {
        let ended = serve::serve(agent, supervisor, endpoint);
        let Some(channel) = channel else {
            let reason = ended.err().map(|error| format!(": {}", strerror(&error)));
            log::error!("the socket passed to the agent is lost{}", reason.unwrap_or_default());
            return;
        };
        match channel.open_again(&ended) {
            Some(next) => endpoint = next,
            None => return,
        }
    }
}

/// A signal ends the agent, in success unless the channel is missing. Its loss is a failure, so that who
/// watches over the agent starts it again.
fn wait_for_the_end(agent: &Agent, signals: &mut EndSignals, channel: Option<&Reopening>) -> ExitCode {
    while let Some(signal) = signals.next() {
        if agent.is_frozen() {
            log::warn!("signal {signal} is ignored while filesystems are frozen");
            continue;
        }
        log::debug!("signal {signal} ends the agent");
        let missing = channel.is_some_and(Reopening::is_missing);
        return if missing { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    }
    thaw(agent);
    ExitCode::FAILURE
}

/// Nobody else could, now that the channel is lost.
fn thaw(agent: &Agent) {
    if !agent.is_frozen() {
        return;
    }
    match agent.freeze.thaw(&agent.os) {
        Ok(count) => log::error!("{count} filesystems were thawed as the channel is lost"),
        Err(error) => log::error!("the channel is lost while filesystems are frozen: {error}"),
    }
}
