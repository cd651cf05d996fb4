//! Programs run in the guest to their end.

use crate::client::Client;
use crate::error::Error;
use qga_wire::family::exec::{Exec, ExecResult, ExecStatus};
use std::iter::successors;
use std::thread;
use std::time::{Duration, Instant};

/// How long to wait before a program is asked for the first time whether it has ended, and at most between two
/// times: the agent tells no one when it does.
const FIRST_PAUSE: Duration = Duration::from_millis(2);
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_millis(200);

impl Client {
    /// Starts a program in the guest and waits for its end, at most so long if that is given: `None` means that
    /// it is still running. `started` is told the process id. The start and each question whether it has ended are
    /// calls of their own: one that is not answered fails after [`Options::timeout`](crate::Options::timeout).
    ///
    /// The agent hands out what the program wrote only when it has ended, and once.
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
        let mut pauses = pauses();
        loop {
            let result = self.call(&ExecStatus { pid })?;
            if result.exited {
                return Ok(Some(result));
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Ok(None);
            }
            let pause = pauses.next().unwrap_or(LONGEST_PAUSE);
            thread::sleep(left.unwrap_or(pause).min(pause));
        }
    }
}

/// How long to wait before each question but the first: ever longer, up to a limit.
pub(crate) fn pauses() -> impl Iterator<Item = Duration> {
    successors(Some(FIRST_PAUSE), |pause| Some(LONGEST_PAUSE.min(*pause * 2)))
}
