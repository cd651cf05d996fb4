//! Giving up, when the agent starts, what the permitted commands do not need: what a host gets hold of by a mistake
//! in the agent is then no more than what the policy lets it do (docs/security.md).

use crate::dispatch;
use crate::freeze::Rules;
use crate::need::{self, Need};
use crate::policy::Policy;
use qga_platform::calls::{self, Calls};
use qga_platform::{capability, strerror};
use std::collections::BTreeSet;
use std::io::{self, ErrorKind};

/// What the agent has kept.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) enum Kept {
    #[default]
    Everything,
    /// What these take. What was given up cannot be had again.
    Only(BTreeSet<Need>),
}

/// What a policy takes, when filesystems are frozen from before or not.
pub(crate) fn needs(policy: &Policy, rules: &Rules, frozen: bool) -> BTreeSet<Need> {
    let mut needs =
        dispatch::needs(|command| policy.decision(command).permitted || (frozen && command.while_frozen));
    if frozen {
        needs.insert(Need::Guardian);
    }
    if needs.contains(&Need::Guardian) && rules.hook().is_some() {
        needs.insert(Need::Programs);
    }
    needs
}

/// Gives up what none of `needs` takes. Must be done before a second thread is started, which would keep all.
///
/// Programs inherit what is left. So where any may have to be run nothing is given up, and where it is only
/// those of the system that stop it or set its clock they are left all system calls, and their security domain.
pub(crate) fn give_up(needs: BTreeSet<Need>) -> Kept {
    if needs.contains(&Need::Programs) {
        return Kept::Everything;
    }
    tell("capabilities", &capability::limit(need::capabilities(&needs)));
    if !needs.iter().any(|need| need.runs_programs()) {
        let foreign: &[Calls] = &[Calls::Foreign];
        let all: &[Calls] = &[Calls::Foreign, Calls::Programs];
        tell("system calls", &calls::refuse(if needs.contains(&Need::Guardian) { foreign } else { all }));
    }
    Kept::Only(needs)
}

/// The policy is kept to all the same; so this is no reason not to serve.
fn tell(what: &str, outcome: &io::Result<()>) {
    match outcome {
        Ok(()) => log::debug!("{what} that the policy does not need are given up"),
        Err(error) if error.kind() == ErrorKind::Unsupported => {
            log::debug!("{what} are not given up: {}", strerror(error));
        }
        Err(error) => {
            log::error!("{what} that the policy does not need cannot be given up: {}", strerror(error));
        }
    }
}

impl Kept {
    /// Whether these can be had; if not, what cannot.
    pub(crate) fn check(&self, needs: &BTreeSet<Need>) -> Result<(), String> {
        let Kept::Only(kept) = self else { return Ok(()) };
        let gone: Vec<&str> = needs.difference(kept).map(|need| need.purpose()).collect();
        if gone.is_empty() {
            return Ok(());
        }
        Err(format!(
            "the agent has given up, when it started, what it takes to {}: restart it",
            gone.join(", ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::profile::{PROFILES, Profile};

    /// What a profile takes by itself.
    fn of(name: &str, hook: Option<&str>, frozen: bool) -> Vec<Need> {
        let profile = Profile::named(name).unwrap();
        let rules = Rules { hook: hook.map(Into::into), ..Rules::default() };
        needs(&Policy::of_profile(profile), &rules, frozen).into_iter().collect()
    }

    #[test]
    fn a_profile_takes_no_more_than_its_purpose() {
        use Need::{Files, Filesystems, Guardian, Look, Network, Programs};
        let taken = |name| of(name, None, false);
        assert_eq!(taken("locked"), []);
        assert_eq!(taken("monitor"), [Look, Network]);
        assert_eq!(taken("files"), [Look, Files, Network]);
        assert_eq!(taken("backup"), [Look, Filesystems, Guardian, Network]);
        assert!(taken("vendor-rhel").contains(&Programs) && taken("full").contains(&Programs));
    }

    #[test]
    fn a_hook_may_need_anything_if_it_may_be_run() {
        assert!(of("backup", Some("/etc/hook"), false).contains(&Need::Programs));
        assert!(!of("backup", Some("/dev/null"), false).contains(&Need::Programs));
        assert!(!of("monitor", Some("/etc/hook"), false).contains(&Need::Programs));
    }

    #[test]
    fn what_was_left_frozen_can_be_thawed_under_any_profile() {
        for profile in PROFILES {
            let taken = of(profile.name, None, true);
            assert!(taken.contains(&Need::Filesystems) && taken.contains(&Need::Guardian), "{taken:?}");
        }
    }

    #[test]
    fn what_was_given_up_cannot_be_had_again() {
        let kept = Kept::Only([Need::Look].into());
        assert_eq!(kept.check(&[Need::Look].into()), Ok(()));
        assert_eq!(Kept::Everything.check(&[Need::Programs].into()), Ok(()));
        let gone = kept.check(&[Need::Look, Need::Clock].into()).unwrap_err();
        assert_eq!(
            gone,
            "the agent has given up, when it started, what it takes to set the clock: restart it"
        );
    }
}
