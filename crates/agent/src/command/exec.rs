use super::Run;
use crate::agent::Agent;
use crate::audit::Number;
use crate::fault::Fault;
use crate::logging::ACCOUNTING;
use crate::need::Need;
use crate::policy::{Refused, Touch, programs};
use qga_platform::exec::{Capture, Captured, Exit, Program, Status, Terms};
use qga_platform::strerror;
use qga_wire::family::exec::{
    Exec, ExecCaptureOutput, ExecCaptureOutputMode, ExecResult, ExecStarted, ExecStatus,
};
use qga_wire::{Base64, Command};

impl Run for Exec {
    const NEEDS: &'static [Need] = &[Need::Programs];

    fn number(started: &ExecStarted) -> Option<Number> {
        Some(Number { name: "pid", value: started.pid })
    }

    fn touches(&self) -> Touch<'_> {
        Touch::Program(self)
    }

    fn run(self, agent: &Agent) -> Result<ExecStarted, Fault> {
        let words = self.arg.as_deref().unwrap_or_default().join(" ");
        log::info!(target: ACCOUNTING, "guest-exec called: \"{} {words}\"", self.path);
        let terms = terms(&self, agent)?;
        let arguments = self.arg.unwrap_or_default();
        let input = self.input_data.map(Base64::into_bytes).transpose()?;
        let capture = capture(self.capture_output);
        let path = self.path.clone();
        let program = Program { path: self.path, arguments, environment: self.env, input, capture };
        let started = agent.children.start(program, &terms);
        started.map(|pid| ExecStarted { pid: i64::from(pid) }).map_err(|error| {
            Fault::new(format!(
                "Failed to execute child process \u{201C}{path}\u{201D} ({})",
                strerror(&error)
            ))
        })
    }
}

impl Run for ExecStatus {
    fn run(self, agent: &Agent) -> Result<ExecResult, Fault> {
        let status = u32::try_from(self.pid).ok().and_then(|pid| agent.children.status(pid));
        match status {
            None => Err(Fault::new(format!("PID {} does not exist", self.pid))),
            Some(Status::Running) => Ok(ExecResult::default()),
            Some(Status::Ended { exit, stdout, stderr }) => Ok(ended(exit, stdout, stderr)),
        }
    }
}

/// How the owner of the guest has it run, if that is permitted.
fn terms(asked: &Exec, agent: &Agent) -> Result<Terms, Fault> {
    let limits = &agent.policy().limits;
    let mut terms = Terms::default();
    if let Some(most) = limits.largest_output {
        terms.most_output = usize::try_from(most).unwrap_or(usize::MAX);
    }
    if let Some(rules) = &limits.programs {
        let (rule, executable) = programs::rule_for(rules, asked).ok_or_else(|| Refused {
            object: asked.path.clone(),
            ..Refused::new(&Exec::DECLARATION, &programs::refusal(rules))
        })?;
        log::debug!("{} is permitted by {}", Exec::NAME, rule.rule());
        terms.executable = Some(executable);
        terms.account = rule.user.as_deref().map(|user| agent.os.accounts.find(user)).transpose()?;
    }
    Ok(terms)
}

fn capture(asked: Option<ExecCaptureOutput>) -> Capture {
    use ExecCaptureOutputMode as Mode;
    match asked {
        None | Some(ExecCaptureOutput::Flag(false) | ExecCaptureOutput::Mode(Mode::None)) => Capture::None,
        Some(ExecCaptureOutput::Mode(Mode::Stdout)) => Capture::Stdout,
        Some(ExecCaptureOutput::Mode(Mode::Stderr)) => Capture::Stderr,
        Some(ExecCaptureOutput::Flag(true) | ExecCaptureOutput::Mode(Mode::Separated)) => Capture::Separated,
        Some(ExecCaptureOutput::Mode(Mode::Merged)) => Capture::Merged,
    }
}

fn ended(exit: Exit, stdout: Captured, stderr: Captured) -> ExecResult {
    let (exitcode, signal) = match exit {
        Exit::Code(code) => (Some(i64::from(code)), None),
        Exit::Signal(signal) => (None, Some(i64::from(signal))),
    };
    let (out_data, out_truncated) = told(stdout);
    let (err_data, err_truncated) = told(stderr);
    ExecResult { exitcode, err_data, out_data, err_truncated, signal, out_truncated, exited: true }
}

/// Of a stream on which nothing came nothing is told.
fn told(captured: Captured) -> (Option<Base64>, Option<bool>) {
    if captured.data.is_empty() {
        return (None, None);
    }
    (Some(Base64::from(captured.data)), Some(captured.truncated))
}
