//! Programs run in the guest to their end.

use crate::client::Client;
use crate::error::Error;
use qga_wire::family::exec::{Exec, ExecResult, ExecStatus};
use std::thread;
use std::time::{Duration, Instant};

/// How long to wait before a program is asked for the first time whether it has ended, and at most between two
/// times: the agent tells no one when it does.
const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

impl Client {
    /// Starts a program in the guest and waits for its end, at most so long if that is given: `None` means that
    /// it is still running. `started` is told the process id.
    ///
    /// ```no_run
    /// # use qga_client::Client;
    /// use qga_wire::family::exec::Exec;
    ///
    /// # let mut client = Client::connect(&"unix:/x".parse()?, Default::default())?;
    /// let exec = Exec { path: "sync".into(), arg: None, env: None, input_data: None, capture_output: None };
    /// let ended = client.run(&exec, None, |process| println!("process {process}"))?;
    /// println!("exit code {:?}", ended.and_then(|ended| ended.exitcode));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn run(
        &mut self,
        exec: &Exec,
        within: Option<Duration>,
        started: impl FnOnce(i64),
    ) -> Result<Option<ExecResult>, Error> {
        let deadline = within.and_then(|within| Instant::now().checked_add(within));
        let pid = self.call(exec)?.pid;
        started(pid);
        let mut pause = FIRST_PAUSE;
        loop {
            let result = self.call(&ExecStatus { pid })?;
            if result.exited {
                return Ok(Some(result));
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Ok(None);
            }
            thread::sleep(left.unwrap_or(pause).min(pause));
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }
}
