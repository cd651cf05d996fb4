//! The agent as a program: from its command line to its exit code, in the order of compat.md D.4.

mod channel;
mod failure;
mod reload;

use crate::agent::Agent;
use crate::audit::{self, Audit};
use crate::config::{Config, ConfigError, Wish};
use crate::freeze::Freeze;
use crate::guardian::GuardianProcess;
use crate::options::{self, Misuse};
use crate::pid::Pid;
use crate::policy::Policy;
use crate::signals::{Asked, OwnerSignals};
use crate::state::{FrozenMark, HandleNumbers, Missing};
use crate::stillness::OwnWriting;
use crate::supervisor::Supervisor;
use crate::{guardian, hardening, logging, readiness, serve, tool};
use channel::Reopening;
use failure::{ChannelError, InitError, StartError, tell};
use qga_platform::process::{Fork, detach, fork};
use qga_platform::{Os, strerror};
use qga_transport::{Endpoint, Listener, Method, inherited};
use reload::{Origin, Reload};
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How long a guardian may take to thaw what an agent before this one has frozen.
const GUARDIAN_PATIENCE: Duration = Duration::from_secs(10);

/// How long a request to end waits for the host's thaw. Service managers give up after 90 seconds.
const THAW_PATIENCE: Duration = Duration::from_secs(5);

/// How long the end waits for the audit to be written.
const AUDIT_PATIENCE: Duration = Duration::from_secs(2);

/// This program, even if the file that it was started from has been replaced since.
const OWN_PROGRAM: &str = "/proc/self/exe";

/// Runs the program; `arguments` begin with its name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    logging::start();
    let mut arguments = arguments.into_iter().peekable();
    let program = arguments.next().unwrap_or_default().to_string_lossy().into_owned();
    if arguments.peek().is_some_and(|first| first == guardian::ARGUMENT) {
        return guardian::run();
    }
    if let Some(tool) = arguments.peek().and_then(|first| tool::named(first)) {
        return (tool.run)(arguments.skip(1).collect());
    }
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
    let origin = Origin::of_process(arguments.collect());
    match origin.read()? {
        Wish::Usage => print(options::usage(program).as_bytes()),
        Wish::Version => print(options::version().as_bytes()),
        Wish::CommandNames => print(options::command_names().as_bytes()),
        Wish::DumpConf(mut config) => {
            settle(&mut config)?;
            let policy = Policy::dump(&config)?;
            print(&[config.dump(), policy].concat())
        }
        Wish::Serve(mut config) => {
            let passed = settle(&mut config)?;
            config.anchor(&origin.directory);
            start(config, passed, origin)
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
    signals: OwnerSignals,
    endpoint: Endpoint,
    /// Absent for a passed socket, which only who passed it could open again.
    channel: Option<Reopening>,
}

fn start(config: Config, passed: Option<Listener>, origin: Origin) -> Result<ExitCode, StartError> {
    let ready = initialize(config, passed).map_err(StartError::Initialize)?;
    let pid = Arc::new(Pid::default());
    if ready.config.daemon && go_into_the_background(&ready, &pid)? == Fork::Parent {
        return Ok(ExitCode::SUCCESS);
    }
    let code = serve_until_the_end(ready, &pid, origin);
    pid.remove();
    code
}

fn initialize(config: Config, passed: Option<Listener>) -> Result<Ready, InitError> {
    let mark = FrozenMark::new(&config.statedir);
    let frozen = mark.stays(GUARDIAN_PATIENCE);
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
    let signals = OwnerSignals::catch().map_err(InitError::Signals)?;
    let (endpoint, channel) = match passed {
        Some(listener) => (Endpoint::Listener(listener), None),
        None => open_channel(&config, &signals).map(|(endpoint, channel)| (endpoint, Some(channel)))?,
    };
    Ok(Ready { config, mark, frozen, numbers, signals, endpoint, channel })
}

fn open_log(config: &Config, frozen: bool) -> io::Result<()> {
    match &config.logfile {
        Some(path) if frozen => logging::to_file_later(path.clone()),
        Some(path) => logging::to_file(path)?,
        None => {}
    }
    Ok(())
}

fn open_channel(config: &Config, signals: &OwnerSignals) -> Result<(Endpoint, Reopening), ChannelError> {
    let method: Method = config.method.to_string_lossy().parse()?;
    let path = config.path.clone().unwrap_or_default();
    let channel = Reopening::new(method, path, config.retry_path);
    let endpoint = if channel.keeps_trying() {
        let wait = |time| {
            readiness::waiting();
            readiness::pause(time);
        };
        signals.ending_at_once(|| channel.open_patiently(wait))
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

fn serve_until_the_end(ready: Ready, pid: &Arc<Pid>, origin: Origin) -> Result<ExitCode, StartError> {
    let Ready { config, mark, frozen, numbers, mut signals, endpoint, channel } = ready;
    if frozen {
        logging::hold();
    }
    let os = Os::system();
    let policy = policy(&config, &os);
    // No thread may be running yet.
    let kept = hardening::give_up(hardening::needs(&policy, &config.freeze, frozen));
    let audit = audit::start(config.audit.clone(), frozen);
    let mut freeze = freeze(&config, mark, pid, &audit);
    if frozen {
        freeze = freeze.resumed();
    }
    let numbers = Arc::new(numbers);
    let given = Arc::clone(&numbers);
    let agent = Agent::new(os, policy, Box::new(move || given.next()), freeze);
    let agent = Arc::new(agent.with_audit(audit).with_only(kept));
    if frozen {
        agent.freeze.watch_resumed(&agent.os);
    }
    let channel = Arc::new(channel);
    let supervisor = Supervisor::start().map_err(StartError::Serve)?;
    readiness::tell_watchdog_of(&supervisor);
    let end = signals.handle();
    let (served, reopening) = (Arc::clone(&agent), Arc::clone(&channel));
    thread::Builder::new()
        .name("channel".to_owned())
        .spawn(move || {
            serve_again_and_again(&served, &supervisor, endpoint, reopening.as_ref().as_ref());
            end.close();
        })
        .map_err(StartError::Serve)?;
    let (config, turn) = (Mutex::new(config), Mutex::default());
    let reload = Arc::new(Reload { origin, agent: Arc::clone(&agent), channel, config, turn });
    readiness::ready();
    let code = wait_for_the_end(&reload, &mut signals);
    agent.audit.finish(AUDIT_PATIENCE);
    if !agent.is_frozen() {
        numbers.give_back();
    }
    Ok(code)
}

fn policy(config: &Config, os: &Os) -> Policy {
    let (policy, error) = Policy::of(config, &os.root);
    if let Some(error) = error {
        log::error!("the policy is wrong, so next to nothing is permitted: {error}");
    }
    policy
}

fn freeze(config: &Config, mark: FrozenMark, pid: &Arc<Pid>, audit: &Arc<Audit>) -> Freeze {
    let guardians = GuardianProcess { program: OWN_PROGRAM.into(), mark: mark.path().to_owned() };
    let stillness = OwnWriting { mark, pid: Arc::clone(pid), audit: Arc::clone(audit) };
    Freeze::new(config.freeze.clone(), Box::new(stillness), Some(Box::new(guardians)))
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

/// A signal ends the agent, in success unless the channel is missing; so does the loss of the channel
/// (compat.md A.6).
fn wait_for_the_end(reload: &Arc<Reload>, signals: &mut OwnerSignals) -> ExitCode {
    let agent = &reload.agent;
    let signal = loop {
        match signals.next() {
            Some(Asked::Reload) => reload.ask(),
            Some(Asked::End(signal)) => break signal,
            None => {
                thaw(agent, "the channel is lost");
                return ExitCode::SUCCESS;
            }
        }
    };
    readiness::stopping();
    log::debug!("signal {signal} ends the agent");
    if agent.freeze.is_under_way() && !agent.freeze.wait_until_over(THAW_PATIENCE) {
        thaw(agent, "the agent is to end");
    }
    let missing = reload.channel.as_ref().as_ref().is_some_and(Reopening::is_missing);
    if missing { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Nobody else would, once the agent has ended.
fn thaw(agent: &Agent, reason: &str) {
    if !agent.freeze.is_under_way() {
        return;
    }
    match agent.freeze.thaw(&agent.os) {
        Ok(count) => log::error!("{count} filesystems were thawed as {reason}"),
        Err(error) => log::error!("{reason} while filesystems are frozen: {error}"),
    }
}
