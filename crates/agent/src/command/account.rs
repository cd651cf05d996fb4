use super::Run;
use crate::agent::Agent;
use crate::fault::Fault;
use crate::logging::ACCOUNTING;
use crate::need::Need;
use crate::policy::Touch;
use qga_platform::account::{self, Form};
use qga_wire::family::account::SetUserPassword;
use qga_wire::{Command, Empty};

impl Run for SetUserPassword {
    const NEEDS: &'static [Need] = &[Need::Programs];

    fn touches(&self) -> Touch<'_> {
        Touch::Account(&self.username)
    }

    fn run(self, agent: &Agent) -> Result<Empty, Fault> {
        log::info!(target: ACCOUNTING, "{} called, username: {:?}", Self::NAME, self.username);
        let password = self.password.into_bytes()?;
        let form = if self.crypted { Form::Crypted } else { Form::Plain };
        account::set_password(&*agent.os.programs, &self.username, &password, form)?;
        Ok(Empty {})
    }
}
