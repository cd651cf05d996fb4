use super::Run;
use crate::agent::Agent;
use crate::fault::Fault;
use qga_wire::family::sync::{Ping, Sync, SyncDelimited};
use qga_wire::{Empty, reply};

impl Run for SyncDelimited {
    const LED_BY: &'static [u8] = &[reply::SENTINEL];

    fn run(self, _agent: &Agent) -> Result<i64, Fault> {
        Ok(self.id)
    }
}

impl Run for Sync {
    fn run(self, _agent: &Agent) -> Result<i64, Fault> {
        Ok(self.id)
    }
}

impl Run for Ping {
    fn run(self, _agent: &Agent) -> Result<Empty, Fault> {
        Ok(Empty {})
    }
}
