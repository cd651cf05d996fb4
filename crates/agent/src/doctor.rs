//! `qemu-ga doctor`: looks at everything that the agent needs, and says what to do about what is missing.
//!
//! It changes nothing, and writes nothing but what it prints: filesystems may be frozen.

mod arguments;
mod channel;
mod configuration;
mod files;
mod finding;
mod freeze;
mod hook;
mod rights;
mod server;
mod service;
mod tools;

use crate::config::Config;
use crate::dispatch;
use crate::policy::Policy;
use crate::tool;
use arguments::{Arguments, Form, Options};
use finding::{Finding, Verdict};
use qga_platform::helper::Failure;
use qga_platform::process::is_root;
use qga_platform::service::{Service, ask};
use qga_platform::{Root, processes::Process};
use qga_wire::{Declaration, json};
use std::ffi::OsString;
use std::process::ExitCode;

/// Something keeps the agent from its work.
const SICK: u8 = 1;

const USAGE: &str = "\
Usage: qemu-ga doctor [--json] [<options of the agent>]

Looks at what the agent needs, and prints for each thing whether it is ok, a
warning or a problem, with what to do about it. Give it the options that the
agent is started with. --json prints a list of objects with topic, verdict,
text and remedy.

Exit code: 0 without a problem, 1 with one, 2 for a wrong command line.
";

/// Runs it with the arguments that follow its name.
pub(crate) fn run(arguments: Vec<OsString>) -> ExitCode {
    match Arguments::parse(arguments) {
        Ok(Arguments::Help) => tool::print(USAGE.as_bytes(), ExitCode::SUCCESS),
        Ok(Arguments::Examine { form, options }) => {
            let findings = examine(options);
            let sick = findings.iter().any(|finding| finding.verdict == Verdict::Problem);
            tool::print(&report(&findings, form), if sick { SICK.into() } else { ExitCode::SUCCESS })
        }
        Err(problem) => tool::misused("doctor", &problem, USAGE),
    }
}

fn examine(options: Options) -> Vec<Finding> {
    let root = Root::system();
    let (config, mut findings) = configuration::examine(options);
    let service = ask(&root, service::UNIT);
    findings.extend(Guest { root: &root, config: &config, service, is_root: is_root() }.examine());
    findings
}

/// What is looked at.
struct Guest<'g> {
    root: &'g Root,
    config: &'g Config,
    /// What systemd says of the service, where there is one to ask.
    service: Option<Result<Service, Failure>>,
    /// Whether we see what all processes do.
    is_root: bool,
}

impl Guest<'_> {
    /// In the order in which things have to work: from the host's channel to single commands.
    fn examine(&self) -> Vec<Finding> {
        let Guest { root, config, .. } = self;
        let (policy, error) = Policy::of(config, root);
        let permits = |command: &Declaration| policy.decision(command).permitted;
        let channel = channel::examine(root, config);
        let (server, agent) = server::examine(self, &channel);
        let agent = agent.as_ref();
        let mut findings = vec![configuration::policy(error.as_ref(), permits), channel.finding];
        findings.extend(server);
        findings.extend(service::examine(self.service.as_ref(), agent));
        findings.extend(service::examine_pid_file(root, config));
        findings.extend(agent.iter().flat_map(|agent| self.rights(agent, permits)));
        findings.extend(hook::examine(root, config));
        findings.extend(freeze::examine(root, config, agent));
        findings.extend(files::examine(root, config));
        findings.extend(tools::examine(root, permits));
        findings
    }

    fn rights(&self, agent: &Process, permits: impl Fn(&Declaration) -> bool) -> [Finding; 2] {
        let needs = dispatch::needs(permits);
        [rights::capabilities(self.root, agent, &needs), rights::confinement(self.root, agent)]
    }
}

fn report(findings: &[Finding], form: Form) -> Vec<u8> {
    match form {
        Form::Text => findings.iter().flat_map(|finding| finding.to_string().into_bytes()).collect(),
        Form::Json => {
            let mut line = Vec::new();
            let written = json::write(&mut line, findings);
            debug_assert!(written.is_ok(), "texts can be written");
            line.push(b'\n');
            line
        }
    }
}

#[cfg(test)]
mod tests;
