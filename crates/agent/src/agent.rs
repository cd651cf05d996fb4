use crate::audit::Audit;
use crate::freeze::Freeze;
use crate::handles::{Handles, Numbers};
use crate::hardening::Kept;
use crate::need::Need;
use crate::policy::Policy;
use qga_platform::Os;
use qga_platform::exec::Children;
use qga_wire::Declaration;
use std::collections::BTreeSet;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, PoisonError, RwLock};

/// What all sessions share.
pub struct Agent {
    /// The system that commands work on.
    pub os: Arc<Os>,
    /// The files that the host has open.
    pub handles: Handles,
    /// The programs that the host has started.
    pub children: Children,
    /// Whether filesystems are frozen, and what freezes and thaws them.
    pub freeze: Arc<Freeze>,
    policy: RwLock<Arc<Policy>>,
    /// What keeps record of what is done.
    pub(crate) audit: Arc<Audit>,
    kept: Kept,
    /// Commands whose threads were left behind because they hang.
    pub(crate) abandoned: AtomicUsize,
}

/// How many hanging commands are left behind before others are refused.
///
/// Each costs a thread and what it holds; a guest with that many is in trouble that more commands don't cure.
pub(crate) const MOST_ABANDONED: usize = 32;

impl Agent {
    /// An agent for `os` that offers what `policy` permits.
    pub fn new(os: Os, policy: Policy, numbers: Numbers, freeze: Freeze) -> Agent {
        let handles = Handles::new(numbers);
        Agent {
            os: Arc::new(os),
            handles,
            children: Children::default(),
            freeze: Arc::new(freeze),
            policy: RwLock::new(Arc::new(policy)),
            audit: Arc::default(),
            kept: Kept::default(),
            abandoned: AtomicUsize::new(0),
        }
    }

    /// The same with an audit; without one nothing is recorded.
    #[must_use]
    pub(crate) fn with_audit(self, audit: Arc<Audit>) -> Agent {
        Agent { audit, ..self }
    }

    /// Whether filesystems are frozen, or about to be.
    pub fn is_frozen(&self) -> bool {
        self.freeze.is_on()
    }

    /// What the owner of the guest lets the host do. Who decides two things by it keeps it: it may be replaced.
    pub fn policy(&self) -> Arc<Policy> {
        Arc::clone(&self.policy.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Goes by this policy from now on. Commands that run already go on by the one before.
    pub fn adopt(&self, policy: Policy) {
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policy);
    }

    /// Whether a policy with these needs can be adopted; if not, what the agent has given up.
    pub(crate) fn check_kept(&self, needs: &BTreeSet<Need>) -> Result<(), String> {
        self.kept.check(needs)
    }

    /// The same agent, which has given up all but this.
    #[must_use]
    pub(crate) fn with_only(self, kept: Kept) -> Agent {
        Agent { kept, ..self }
    }

    /// Whether `command` may be used now. While frozen, those that work then are allowed whatever the policy
    /// says, and no others: a host must always be able to thaw.
    pub fn allows(&self, command: &Declaration) -> bool {
        if self.is_frozen() { command.while_frozen } else { self.policy().decision(command).permitted }
    }
}

#[cfg(test)]
impl Agent {
    /// An agent that works on the system which the tree at `top` stands for.
    pub(crate) fn on_tree(top: &std::path::Path) -> Agent {
        let os = Os { root: qga_platform::Root::at(top), ..Os::system() };
        Agent::new(
            os,
            Policy::default(),
            Box::new(|| Ok(0)),
            Freeze::new(crate::freeze::Rules::default(), Box::new(()), None),
        )
    }
}
