//! The commands: what each does, by family.

mod account;
mod cpu;
mod exec;
mod file;
mod freeze;
mod memory;
mod network;
mod power;
mod ssh;
mod storage;
mod sync;
mod system;
mod time;

use crate::agent::Agent;
use crate::audit::Number;
use crate::fault::Fault;
use crate::need::Need;
use crate::policy::Touch;
use qga_wire::Command;

/// What a command does.
pub(crate) trait Run: Command {
    /// What leads the line of a successful answer.
    const LED_BY: &'static [u8] = b"";

    /// What it needs that the agent may have given up.
    const NEEDS: &'static [Need] = &[];

    /// What of the answer is needed to follow what it began; the audit tells it.
    fn number(_answer: &Self::Returns) -> Option<Number> {
        None
    }

    /// What the owner's rules on arguments are asked about before it is carried out.
    fn touches(&self) -> Touch<'_> {
        Touch::Nothing
    }

    /// Carries the command out. May block for as long as the system does.
    fn run(self, agent: &Agent) -> Result<Self::Returns, Fault>;
}
