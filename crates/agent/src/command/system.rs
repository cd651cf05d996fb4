use super::Run;
use crate::agent::Agent;
use crate::fault::Fault;
use qga_platform::system;
use qga_wire::family::system::{
    AgentInfo, CommandInfo, GetHostName, GetOsinfo, GetTimezone, GetUsers, HostName, Info, OsInfo, Timezone,
    User,
};
use qga_wire::list::COMMANDS;
use std::env;
use std::ffi::OsStr;
use std::path::Path;
use std::time::SystemTime;

/// The variable that names another file than os-release.
const OS_RELEASE_VARIABLE: &str = "QGA_OS_RELEASE";

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

impl Run for GetHostName {
    fn run(self, _agent: &Agent) -> Result<HostName, Fault> {
        Ok(HostName { host_name: system::host_name()? })
    }
}

impl Run for GetUsers {
    fn run(self, agent: &Agent) -> Result<Vec<User>, Fault> {
        let users = system::users(&agent.os.root)?;
        let told = users.into_iter().map(|user| User {
            login_time: user.login.as_secs_f64(),
            domain: None,
            user: user.name,
        });
        Ok(told.collect())
    }
}

impl Run for GetTimezone {
    fn run(self, agent: &Agent) -> Result<Timezone, Fault> {
        let variable = system::zone_variable();
        let now = system::timezone(&agent.os.root, variable.as_deref(), SystemTime::now());
        Ok(Timezone { zone: Some(now.zone), offset: now.offset.into() })
    }
}

impl Run for GetOsinfo {
    fn run(self, agent: &Agent) -> Result<OsInfo, Fault> {
        let kernel = system::kernel()?;
        let instead = env::var_os(OS_RELEASE_VARIABLE);
        let mut distribution = system::os_release(&agent.os.root, instead.as_deref().map(Path::new));
        let text = |words: &OsStr| Some(words.to_string_lossy().into_owned());
        Ok(OsInfo {
            name: distribution.remove("NAME"),
            kernel_release: text(kernel.release()),
            version: distribution.remove("VERSION"),
            variant: distribution.remove("VARIANT"),
            pretty_name: distribution.remove("PRETTY_NAME"),
            version_id: distribution.remove("VERSION_ID"),
            variant_id: distribution.remove("VARIANT_ID"),
            kernel_version: text(kernel.version()),
            machine: text(kernel.machine()),
            id: distribution.remove("ID"),
        })
    }
}
