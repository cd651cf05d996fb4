//! Requests that do not wait for the answers to those before them.

use crate::client::Client;
use crate::error::Error;
use qga_wire::Command;

/// Requests under way, answered in the order in which they were sent: what is to be done runs at the speed of the
/// channel, and not at that of its round trips.
///
/// The agent begins with the second request when it has done the first, whether that succeeded or not. Keep
/// either the requests or the answers short: an agent that waits until its answers are read reads no more
/// requests.
///
/// ```no_run
/// # use qga_client::Client;
/// use qga_wire::family::{cpu::GetLoad, time::GetTime};
///
/// # let mut client = Client::connect(&"unix:/x".parse()?, Default::default())?;
/// let mut pipeline = client.pipeline();
/// pipeline.ask(&GetTime {})?;
/// pipeline.ask(&GetLoad {})?;
/// let time = pipeline.answer::<GetTime>()?;
/// let load = pipeline.answer::<GetLoad>()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Answers that were not taken when it is dropped are thrown away with the next call or pipeline. When one of its
/// requests or answers fails for another reason than the agent's ([`Error::Agent`]), so do those behind it, with
/// [`Error::Lost`]; what is asked after that begins anew.
#[derive(Debug)]
pub struct Pipeline<'a> {
    client: &'a mut Client,
}

impl Client {
    /// Begins to send requests that do not wait for each other.
    pub fn pipeline(&mut self) -> Pipeline<'_> {
        self.forget_answers();
        Pipeline { client: self }
    }
}

impl Pipeline<'_> {
    /// Sends a request. Commands that are answered only when they fail do not belong here.
    pub fn ask<C: Command>(&mut self, command: &C) -> Result<(), Error> {
        self.client.ask(command)
    }

    /// Takes the answer to the oldest request that has none yet, which was a `C`. It may take as long as any call.
    pub fn answer<C: Command>(&mut self) -> Result<C::Returns, Error> {
        self.client.answer::<C>()
    }

    /// How many answers are still to be taken.
    pub fn owed(&self) -> usize {
        self.client.owed()
    }
}
