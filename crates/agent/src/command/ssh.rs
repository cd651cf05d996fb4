use super::Run;
use crate::agent::Agent;
use crate::fault::Fault;
use crate::logging::ACCOUNTING;
use crate::need::Need;
use crate::policy::Touch;
use qga_platform::ssh::{self, Existing};
use qga_wire::family::ssh::{
    AuthorizedKeys, SshAddAuthorizedKeys, SshGetAuthorizedKeys, SshRemoveAuthorizedKeys,
};
use qga_wire::{Command, Empty};

impl Run for SshGetAuthorizedKeys {
    const NEEDS: &'static [Need] = &[Need::Look];

    fn touches(&self) -> Touch<'_> {
        Touch::Account(&self.username)
    }

    fn run(self, agent: &Agent) -> Result<AuthorizedKeys, Fault> {
        let account = agent.os.accounts.find(&self.username)?;
        Ok(AuthorizedKeys { keys: ssh::authorized_keys(&agent.os.root, &account)? })
    }
}

impl Run for SshAddAuthorizedKeys {
    const NEEDS: &'static [Need] = &[Need::User];

    fn touches(&self) -> Touch<'_> {
        Touch::Account(&self.username)
    }

    fn run(self, agent: &Agent) -> Result<Empty, Fault> {
        log::info!(target: ACCOUNTING, "{} called, username: {:?}", Self::NAME, self.username);
        ssh::check(&self.keys)?;
        let account = agent.os.accounts.find(&self.username)?;
        let existing = if self.reset.unwrap_or(false) { Existing::Drop } else { Existing::Keep };
        ssh::add(&agent.os.root, &account, &self.keys, existing)?;
        Ok(Empty {})
    }
}

impl Run for SshRemoveAuthorizedKeys {
    const NEEDS: &'static [Need] = &[Need::User];

    fn touches(&self) -> Touch<'_> {
        Touch::Account(&self.username)
    }

    fn run(self, agent: &Agent) -> Result<Empty, Fault> {
        log::info!(target: ACCOUNTING, "{} called, username: {:?}", Self::NAME, self.username);
        ssh::check(&self.keys)?;
        let account = agent.os.accounts.find(&self.username)?;
        ssh::remove(&agent.os.root, &account, &self.keys)?;
        Ok(Empty {})
    }
}
