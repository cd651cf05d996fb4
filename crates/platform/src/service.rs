//! The service that the agent is, where systemd runs the system.

use crate::Root;
use crate::helper::{Failure, Helper, SystemPrograms};
use std::time::Duration;

/// The state of a unit, in systemd's words: `systemctl(1)`, show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Service {
    /// Whether there is such a unit: `loaded`, `not-found`, `masked`, `bad-setting`.
    pub load: String,
    /// Whether it runs: `active`, `inactive`, `failed`, `activating`.
    pub active: String,
    /// The same, finer: `running`, `auto-restart`.
    pub sub: String,
    /// Whether it is started by itself: `enabled`, `disabled`, `static`.
    pub file: String,
    /// How it ended: `success`, `exit-code`.
    pub result: String,
}

/// How long a systemd that does not answer is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// The directory by whose existence `sd_booted(3)` tells that systemd runs the system.
const SYSTEMD_RUNS: &str = "/run/systemd/system";

/// Whether systemd runs the system.
pub fn is_systemd_running(root: &Root) -> bool {
    root.exists(SYSTEMD_RUNS)
}

/// Asks systemd for the state of a unit; `None` if it does not run the system.
pub fn ask(root: &Root, unit: &str) -> Option<Result<Service, Failure>> {
    let arguments = ["show", "--property=LoadState,ActiveState,SubState,UnitFileState,Result", unit];
    let helper = Helper {
        limit: Some(PATIENCE),
        ..Helper::new("tell the state of the service", "systemctl", &arguments)
    };
    is_systemd_running(root).then(|| Ok(parse(&SystemPrograms.output(&helper)?)))
}

fn parse(text: &str) -> Service {
    let property = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.unwrap_or_default().to_owned()
    };
    Service {
        load: property("LoadState"),
        active: property("ActiveState"),
        sub: property("SubState"),
        file: property("UnitFileState"),
        result: property("Result"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_come_in_any_order() {
        let text =
            "Result=exit-code\nUnitFileState=\nLoadState=loaded\nActiveState=failed\nSubState=failed\n";
        let words = ["loaded", "failed", "failed", "", "exit-code"].map(str::to_owned);
        let [load, active, sub, file, result] = words;
        assert_eq!(parse(text), Service { load, active, sub, file, result });
    }

    #[test]
    fn a_system_without_systemd_is_not_asked() {
        assert!(ask(&Root::at("/absent"), "x.service").is_none());
    }
}
