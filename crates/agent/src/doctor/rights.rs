//! What the system lets the agent do.

use super::finding::Finding;
use crate::need::{self, Need};
use qga_platform::capability::{self, Capabilities};
use qga_platform::confinement::{self, Confinement};
use qga_platform::processes::Process;
use qga_platform::{Root, strerror};
use std::collections::BTreeSet;

/// Whether the agent has what the permitted commands need.
pub(super) fn capabilities(root: &Root, agent: &Process, needs: &BTreeSet<Need>) -> Finding {
    const TOPIC: &str = "capabilities";
    let held = match capability::of(root, agent.id) {
        Ok(held) => held.unwrap_or(Capabilities::empty()),
        Err(error) => {
            let text = format!("cannot look at process {}: {}", agent.id, strerror(&error));
            return Finding::warning(TOPIC, text, "run this as root");
        }
    };
    // Kernels know few or many of them: "all" cannot be asked of each.
    let lacks = |need: &&Need| match need {
        Need::Programs => held.is_empty(),
        need => !held.contains(need.capabilities()),
    };
    let lacking: BTreeSet<Need> = needs.iter().filter(lacks).copied().collect();
    if lacking.is_empty() {
        return Finding::fine(TOPIC, "the agent has what the permitted commands need");
    }
    let purposes: Vec<&str> = lacking.iter().map(|need| need.purpose()).collect();
    Finding::problem(
        TOPIC,
        format_args!("the agent cannot {}", purposes.join(", ")),
        format_args!("start it as root; its unit must leave it {}", missing(&lacking, held)),
    )
}

fn missing(lacking: &BTreeSet<Need>, held: Capabilities) -> String {
    if lacking.contains(&Need::Programs) {
        return "all of root's capabilities".to_owned();
    }
    capability::names(need::capabilities(lacking) - held).join(" ")
}

/// Whether a security module keeps the agent from something.
pub(super) fn confinement(root: &Root, agent: &Process) -> Finding {
    const TOPIC: &str = "confinement";
    match confinement::of(root, agent.id) {
        Confinement::None => Finding::fine(TOPIC, "no security module confines the agent"),
        Confinement::Selinux { domain } => Finding::warning(
            TOPIC,
            format_args!(
                "SELinux confines the agent to what {domain} may do: files, programs and hooks may fail"
            ),
            format_args!(
                "ausearch -m avc -ts recent tells what was denied; booleans allow more (getsebool -a | grep \
                 qemu_ga), semanage permissive -a {domain} allows all"
            ),
        ),
        Confinement::AppArmor { profile } => Finding::warning(
            TOPIC,
            format_args!(
                "AppArmor confines the agent to its profile {profile}: files, programs and hooks may fail"
            ),
            format_args!(
                "journalctl -k | grep DENIED tells what was denied; aa-complain {profile} allows all"
            ),
        ),
    }
}
