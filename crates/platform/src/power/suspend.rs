use crate::helper::{Failure, Helper, Programs};
use crate::{Error, Result, Root, service};

/// How to put the system to sleep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sleep {
    /// Memory is written to disk, and the system is switched off.
    Disk,
    /// Memory stays powered.
    Ram,
    /// Both: memory stays powered, and is on disk should the power fail.
    Hybrid,
}

/// What a way of sleeping is called by those who can bring it about (compat.md C.6).
struct Names {
    systemd_unit: &'static str,
    systemd_verb: &'static str,
    pm_utils_option: &'static str,
    pm_utils_program: &'static str,
    /// A word of [`POWER_STATE`].
    kernel: Option<&'static str>,
}

const POWER_STATE: &str = "/sys/power/state";

impl Sleep {
    fn names(self) -> Names {
        match self {
            Sleep::Disk => Names {
                systemd_unit: "systemd-hibernate",
                systemd_verb: "hibernate",
                pm_utils_option: "--hibernate",
                pm_utils_program: "pm-hibernate",
                kernel: Some("disk"),
            },
            Sleep::Ram => Names {
                systemd_unit: "systemd-suspend",
                systemd_verb: "suspend",
                pm_utils_option: "--suspend",
                pm_utils_program: "pm-suspend",
                kernel: Some("mem"),
            },
            Sleep::Hybrid => Names {
                systemd_unit: "systemd-hybrid-sleep",
                systemd_verb: "hybrid-sleep",
                pm_utils_option: "--suspend-hybrid",
                pm_utils_program: "pm-suspend-hybrid",
                kernel: None,
            },
        }
    }
}

/// Puts the system to sleep; comes back when it has woken up, or somewhat before it falls asleep.
///
/// Each method that offers this way of sleeping is tried until one works. If none does, all their errors are
/// told.
pub fn suspend(root: &Root, programs: &dyn Programs, sleep: Sleep) -> Result<()> {
    let names = sleep.names();
    let methods: [&dyn Fn() -> Attempt; 3] =
        [&|| by_systemd(root, programs, &names), &|| by_pm_utils(programs, &names), &|| {
            by_kernel(root, &names)
        }];
    let mut errors = Vec::new();
    for method in methods {
        match method() {
            Attempt::NotOffered => {}
            Attempt::Tried(Ok(())) => return Ok(()),
            Attempt::Tried(Err(error)) => errors.push(error.to_string()),
        }
    }
    Err(Error::told(match errors.as_slice() {
        [] => "the requested suspend mode is not supported by the guest".to_owned(),
        [one] => one.clone(),
        several => several.iter().map(|error| error.trim_end()).collect::<Vec<_>>().join("; "),
    }))
}

enum Attempt {
    NotOffered,
    Tried(Result<()>),
}

/// `systemctl status` ends with 1 to 3 for a unit that is there and does not run.
fn by_systemd(root: &Root, programs: &dyn Programs, names: &Names) -> Attempt {
    const ACTION: &str = "suspend by systemd";
    if !service::is_systemd_running(root) {
        return Attempt::NotOffered;
    }
    let status = programs.run(&Helper::new(ACTION, "systemctl", &["status", names.systemd_unit]));
    if !matches!(status, Err(Failure::Exited { status: 1..=3, .. })) {
        return Attempt::NotOffered;
    }
    let done = programs.run(&Helper::new(ACTION, "systemctl", &[names.systemd_verb]));
    Attempt::Tried(done.map_err(Error::from))
}

fn by_pm_utils(programs: &dyn Programs, names: &Names) -> Attempt {
    const ACTION: &str = "suspend by pm-utils";
    let question = Helper::new(ACTION, "pm-is-supported", &[names.pm_utils_option]);
    if programs.run(&question).is_err() {
        return Attempt::NotOffered;
    }
    let done = programs.run(&Helper::new(ACTION, names.pm_utils_program, &[]));
    Attempt::Tried(done.map_err(Error::from))
}

fn by_kernel(root: &Root, names: &Names) -> Attempt {
    let offered = root.read_text(POWER_STATE).ok().flatten().unwrap_or_default();
    let Some(word) = names.kernel.filter(|word| offered.split_whitespace().any(|offer| offer == *word))
    else {
        return Attempt::NotOffered;
    };
    let doing = format!("suspend: cannot write to '{POWER_STATE}'");
    Attempt::Tried(root.write(POWER_STATE, word.as_bytes()).map_err(|error| Error::new(doing, error)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake;
    use std::fs;

    /// A system with systemd whose kernel offers `states`.
    fn tree(states: &str) -> (tempfile::TempDir, Root) {
        let tree = tempfile::tempdir().unwrap();
        fs::create_dir_all(tree.path().join("run/systemd/system")).unwrap();
        fs::create_dir_all(tree.path().join("sys/power")).unwrap();
        fs::write(tree.path().join("sys/power/state"), states).unwrap();
        let root = Root::at(tree.path());
        (tree, root)
    }

    fn told(root: &Root, programs: &fake::Programs, sleep: Sleep) -> String {
        suspend(root, programs, sleep).unwrap_err().to_string()
    }

    const UNSUPPORTED: &str = "the requested suspend mode is not supported by the guest";

    #[test]
    fn systemd_is_asked_first() {
        let (_tree, root) = tree("freeze mem disk\n");
        let programs = fake::Programs::default()
            .fails("systemctl status systemd-suspend", 3, "")
            .fails("systemctl status systemd-hibernate", 1, "")
            .fails("systemctl status systemd-hybrid-sleep", 2, "");
        for sleep in [Sleep::Ram, Sleep::Disk, Sleep::Hybrid] {
            suspend(&root, &programs, sleep).unwrap();
        }
        let expected = [
            "systemctl status systemd-suspend",
            "systemctl suspend",
            "systemctl status systemd-hibernate",
            "systemctl hibernate",
            "systemctl status systemd-hybrid-sleep",
            "systemctl hybrid-sleep",
        ];
        assert_eq!(programs.seen(), expected);
    }

    #[test]
    fn pm_utils_come_second() {
        let (_tree, root) = tree("");
        let programs = fake::Programs::default().fails("systemctl", 4, "");
        for sleep in [Sleep::Ram, Sleep::Disk, Sleep::Hybrid] {
            suspend(&root, &programs, sleep).unwrap();
        }
        let expected = [
            "systemctl status systemd-suspend",
            "pm-is-supported --suspend",
            "pm-suspend",
            "systemctl status systemd-hibernate",
            "pm-is-supported --hibernate",
            "pm-hibernate",
            "systemctl status systemd-hybrid-sleep",
            "pm-is-supported --suspend-hybrid",
            "pm-suspend-hybrid",
        ];
        assert_eq!(programs.seen(), expected);
    }

    #[test]
    fn without_systemd_systemctl_is_not_asked() {
        let tree = tempfile::tempdir().unwrap();
        let programs = fake::Programs::default().fails("pm-is-supported", 1, "");
        assert_eq!(told(&Root::at(tree.path()), &programs, Sleep::Ram), UNSUPPORTED);
        assert_eq!(programs.seen(), ["pm-is-supported --suspend"]);
    }

    #[test]
    fn the_kernel_comes_last() {
        let programs = fake::Programs::default().fails("pm-is-supported", 1, "");
        for (sleep, word) in [(Sleep::Disk, "disk"), (Sleep::Ram, "mem")] {
            let (_tree, root) = tree("freeze mem disk\n");
            suspend(&root, &programs, sleep).unwrap();
            assert!(root.read_text(POWER_STATE).unwrap().unwrap().starts_with(word));
        }
    }

    #[test]
    fn what_nobody_offers_is_refused() {
        let (_tree, root) = tree("freeze membrane\n");
        let programs = fake::Programs::default().fails("pm-is-supported", 1, "");
        for sleep in [Sleep::Ram, Sleep::Disk, Sleep::Hybrid] {
            assert_eq!(told(&root, &programs, sleep), UNSUPPORTED);
        }
    }

    #[test]
    fn the_error_of_the_method_that_was_tried_is_told() {
        let (_tree, root) = tree("");
        let programs = fake::Programs::default()
            .fails("systemctl status systemd-hibernate", 3, "")
            .fails("systemctl hibernate", 1, "Not enough swap space\n")
            .fails("pm-is-supported", 1, "");
        let expected = "child process has failed to suspend by systemd: Not enough swap space\n";
        assert_eq!(told(&root, &programs, Sleep::Disk), expected);
    }

    #[test]
    fn all_errors_are_told_when_several_methods_were_tried() {
        let (_tree, root) = tree("");
        let programs = fake::Programs::default()
            .fails("systemctl status systemd-hybrid-sleep", 3, "")
            .fails("systemctl hybrid-sleep", 5, "no\n")
            .fails("pm-suspend-hybrid", 9, "");
        let expected = "child process has failed to suspend by systemd: no; \
                        child process has failed to suspend by pm-utils: exit status 9";
        assert_eq!(told(&root, &programs, Sleep::Hybrid), expected);
    }
}
