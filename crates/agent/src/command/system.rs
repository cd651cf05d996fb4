use super::Run;
use crate::agent::Agent;
use crate::fault::Fault;
use qga_wire::family::system::{AgentInfo, CommandInfo, Info};
use qga_wire::list::COMMANDS;

impl Run for Info {
    fn run(self, agent: &Agent) -> Result<AgentInfo, Fault> {
        let supported_commands = COMMANDS.iter().rev().map(|command| CommandInfo {
            enabled: agent.allows(command),
            name: command.name.to_owned(),
            success_response: !command.silent,
        });
        Ok(AgentInfo {
            version: qga_wire::COMPATIBLE_VERSION.to_owned(),
            supported_commands: supported_commands.collect(),
        })
    }
}
