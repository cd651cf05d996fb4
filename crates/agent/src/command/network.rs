use super::Run;
use crate::agent::Agent;
use crate::fault::Fault;
use crate::need::Need;
use qga_platform::network;
use qga_wire::family::network::{NetworkGetInterfaces, NetworkGetRoute, NetworkInterface, NetworkRoute};

impl Run for NetworkGetInterfaces {
    const NEEDS: &'static [Need] = &[Need::Network];

    fn run(self, agent: &Agent) -> Result<Vec<NetworkInterface>, Fault> {
        Ok(network::interfaces(&agent.os.root)?)
    }
}

impl Run for NetworkGetRoute {
    fn run(self, agent: &Agent) -> Result<Vec<NetworkRoute>, Fault> {
        Ok(network::routes(&agent.os.root)?)
    }
}
