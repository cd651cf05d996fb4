//! Programs run in the guest to their end.

use super::client::Client;
use crate::error::Error;
use crate::exec::{LONGEST_PAUSE, pauses};
use ::tokio::time::sleep;
use qga_wire::family::exec::{Exec, ExecResult, ExecStatus};

impl Client {
    /// Starts a program in the guest and waits for its end, however long that takes; `started` is told the process id.
    /// Put a time-out around it to wait no longer than that: the program goes on.
    ///
    /// ```
    /// use qga_client::{Error, tokio::Client};
    /// use qga_wire::family::exec::Exec;
    ///
    /// async fn sync(client: &Client) -> Result<Option<i64>, Error> {
    ///     let exec = Exec { path: "sync".into(), arg: None, env: None, input_data: None, capture_output: None };
    ///     Ok(client.run(&exec, |process| println!("process {process}")).await?.exitcode)
    /// }
    /// ```
    pub async fn run(&self, exec: &Exec, started: impl FnOnce(i64)) -> Result<ExecResult, Error> {
        let pid = self.call(exec).await?.pid;
        started(pid);
        let mut pauses = pauses();
        loop {
            let result = self.call(&ExecStatus { pid }).await?;
            if result.exited {
                return Ok(result);
            }
            sleep(pauses.next().unwrap_or(LONGEST_PAUSE)).await;
        }
    }
}
