//! Stopping the system and putting it to sleep.

mod suspend;

pub use suspend::{Sleep, suspend};

use crate::helper::{Helper, Programs};
use crate::{Result, Root};

/// How to stop the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// And switch it off.
    Powerdown,
    /// And leave it on.
    Halt,
    /// And start it again.
    Reboot,
}

impl Stop {
    /// By its name on the wire.
    pub fn parse(name: &str) -> Option<Stop> {
        match name {
            "powerdown" => Some(Stop::Powerdown),
            "halt" => Some(Stop::Halt),
            "reboot" => Some(Stop::Reboot),
            _ => None,
        }
    }

    /// The program that does only this, and the flag by which [`SHUTDOWN`] does it.
    fn program_and_flag(self) -> (&'static str, &'static str) {
        match self {
            Stop::Powerdown => ("/sbin/poweroff", "-P"),
            Stop::Halt => ("/sbin/halt", "-H"),
            Stop::Reboot => ("/sbin/reboot", "-r"),
        }
    }
}

/// Stops the system in any way.
const SHUTDOWN: &str = "/sbin/shutdown";

/// Whether there is a program that stops the system.
pub fn can_stop(root: &Root, stop: Stop) -> bool {
    root.is_executable(stop.program_and_flag().0) || root.is_executable(SHUTDOWN)
}

/// Begins to stop the system, and waits until the program that is asked for it has ended (compat.md C.3).
pub fn shutdown(root: &Root, programs: &dyn Programs, stop: Stop) -> Result<()> {
    const ACTION: &str = "shutdown";
    let (program, flag) = stop.program_and_flag();
    let helper = if root.is_executable(program) {
        Helper::new(ACTION, program, &[])
    } else {
        Helper::new(ACTION, SHUTDOWN, &["-h", flag, "+0", "hypervisor initiated shutdown"])
    };
    Ok(programs.run(&helper)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    const ALL: [Stop; 3] = [Stop::Powerdown, Stop::Halt, Stop::Reboot];

    #[test]
    fn a_system_without_single_commands_is_stopped_by_shutdown() {
        let tree = tempfile::tempdir().unwrap();
        let programs = fake::Programs::default();
        for stop in ALL {
            shutdown(&Root::at(tree.path()), &programs, stop).unwrap();
        }
        let expected = ["-P", "-H", "-r"]
            .map(|flag| format!("/sbin/shutdown -h {flag} +0 hypervisor initiated shutdown"));
        assert_eq!(programs.seen(), expected);
    }

    #[test]
    fn a_single_command_is_preferred_if_it_can_be_executed() {
        let tree = tempfile::tempdir().unwrap();
        fs::create_dir(tree.path().join("sbin")).unwrap();
        for (name, mode) in [("poweroff", 0o755), ("halt", 0o644), ("reboot", 0o755)] {
            let path = tree.path().join("sbin").join(name);
            fs::write(&path, "").unwrap();
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        }
        let programs = fake::Programs::default();
        for stop in ALL {
            shutdown(&Root::at(tree.path()), &programs, stop).unwrap();
        }
        let expected =
            ["/sbin/poweroff", "/sbin/shutdown -h -H +0 hypervisor initiated shutdown", "/sbin/reboot"];
        assert_eq!(programs.seen(), expected);
    }

    #[test]
    fn what_the_program_says_is_told() {
        let tree = tempfile::tempdir().unwrap();
        let programs = fake::Programs::default().fails("/sbin/shutdown", 7, "");
        let told = shutdown(&Root::at(tree.path()), &programs, Stop::Halt).unwrap_err().to_string();
        assert_eq!(told, "child process has failed to shutdown: exit status 7");
    }

    #[test]
    fn names_are_exact() {
        let names = ["powerdown", "halt", "reboot", "Halt", ""].map(Stop::parse);
        assert_eq!(names, [Some(Stop::Powerdown), Some(Stop::Halt), Some(Stop::Reboot), None, None]);
    }
}
