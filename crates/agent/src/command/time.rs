use super::Run;
use crate::agent::Agent;
use crate::fault::Fault;
use crate::logging::ACCOUNTING;
use crate::need::Need;
use qga_platform::{system, time};
use qga_wire::family::time::{GetTime, SetTime};
use qga_wire::{Command, Empty};

impl Run for GetTime {
    fn run(self, agent: &Agent) -> Result<i64, Fault> {
        Ok(agent.os.clock.now()?)
    }
}

impl Run for SetTime {
    const NEEDS: &'static [Need] = &[Need::Clock];

    fn run(self, agent: &Agent) -> Result<Empty, Fault> {
        log::info!(target: ACCOUNTING, "{} called", Self::NAME);
        let os = &agent.os;
        match self.time {
            Some(time) => {
                let zone = system::zone_variable();
                time::set(&os.root, zone.as_deref(), &*os.clock, &*os.programs, time)?;
            }
            None => time::set_from_hardware(&*os.programs)?,
        }
        Ok(Empty {})
    }
}
