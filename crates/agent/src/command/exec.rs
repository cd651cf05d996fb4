use super::Run;
use crate::agent::Agent;
use crate::audit::Number;
use crate::fault::Fault;
use crate::logging::ACCOUNTING;
use crate::need::Need;
use qga_platform::exec::{Capture, Captured, Exit, Program, Status};
use qga_platform::strerror;
use qga_wire::Base64;
use qga_wire::family::exec::{
    Exec, ExecCaptureOutput, ExecCaptureOutputMode, ExecResult, ExecStarted, ExecStatus,
};

impl Run for Exec {
    const NEEDS: &'static [Need] = &[Need::Programs];

    fn number(started: &ExecStarted) -> Option<Number> {
        Some(Number { name: "pid", value: started.pid })
    }

    fn run(self, agent: &Agent) -> Result<ExecStarted, Fault> {
        let arguments = self.arg.unwrap_or_default();
        log::info!(target: ACCOUNTING, "guest-exec called: \"{} {}\"", self.path, arguments.join(" "));
        let input = self.input_data.map(Base64::into_bytes).transpose()?;
        let capture = capture(self.capture_output);
        let path = self.path.clone();
        let program = Program { path: self.path, arguments, environment: self.env, input, capture };
        let started = agent.children.start(program);
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
