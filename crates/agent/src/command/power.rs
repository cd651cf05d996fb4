use super::Run;
use crate::agent::Agent;
use crate::fault::Fault;
use crate::logging::ACCOUNTING;
use crate::need::Need;
use crate::policy::Touch;
use qga_platform::power::{self, Sleep, Stop};
use qga_wire::family::power::{Shutdown, SuspendDisk, SuspendHybrid, SuspendRam};
use qga_wire::{Command, Empty};

const DEFAULT_MODE: &str = "powerdown";
/// The missing bracket is the reference's.
const INVALID_MODE: &str = "mode is invalid (valid values are: halt|powerdown|reboot";

impl Run for Shutdown {
    const NEEDS: &'static [Need] = &[Need::Stop];

    fn touches(&self) -> Touch<'_> {
        Touch::Stop(Stop::parse(self.mode.as_deref().unwrap_or(DEFAULT_MODE)))
    }

    fn run(self, agent: &Agent) -> Result<Empty, Fault> {
        let mode = self.mode.as_deref().unwrap_or(DEFAULT_MODE);
        log::info!(target: ACCOUNTING, "{} called, mode: {mode}", Self::NAME);
        let stop = Stop::parse(mode).ok_or_else(|| Fault::new(INVALID_MODE))?;
        power::shutdown(&agent.os.root, &*agent.os.programs, stop)?;
        Ok(Empty {})
    }
}

impl Run for SuspendDisk {
    const NEEDS: &'static [Need] = &[Need::Programs];

    fn run(self, agent: &Agent) -> Result<Empty, Fault> {
        suspend(agent, Self::NAME, Sleep::Disk)
    }
}

impl Run for SuspendRam {
    const NEEDS: &'static [Need] = &[Need::Programs];

    fn run(self, agent: &Agent) -> Result<Empty, Fault> {
        suspend(agent, Self::NAME, Sleep::Ram)
    }
}

impl Run for SuspendHybrid {
    const NEEDS: &'static [Need] = &[Need::Programs];

    fn run(self, agent: &Agent) -> Result<Empty, Fault> {
        suspend(agent, Self::NAME, Sleep::Hybrid)
    }
}

fn suspend(agent: &Agent, command: &str, sleep: Sleep) -> Result<Empty, Fault> {
    log::info!(target: ACCOUNTING, "{command} called");
    power::suspend(&agent.os.root, &*agent.os.programs, sleep)?;
    Ok(Empty {})
}
