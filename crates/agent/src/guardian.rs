//! The guardian: a process that thaws what the agent has frozen when the agent cannot.
//!
//! The agent starts it before the hook runs ([`GuardianProcess`]): its own program with a first argument of its
//! own ([`ARGUMENT`]). Should the agent end while the hook runs, the guardian runs it with `thaw`; it holds
//! nothing open meanwhile, as a hook may unmount. Before the first filesystem is frozen it opens the mount points
//! (`orders`), says that it is ready, and sleeps (`vigil`) until it is dismissed, the agent is gone, or the freeze
//! has stood too long. What the two say to each other is in `words`.
//!
//! Invariants: nothing is frozen before the guardian is ready, and there is no mark that tells of a freeze
//! before there is a guardian that removes it; the guardian ends only when it is dismissed or when no
//! thread of the agent is left that could freeze anything more; it alone decides which of the two runs the
//! hook after a deadline, so that it runs once.

mod orders;
mod process;
mod vigil;
mod words;

pub use process::GuardianProcess;
pub(crate) use vigil::run;
pub use words::Notice;

use crate::freeze::Rules;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The first argument of a program that is to be a guardian.
pub const ARGUMENT: &str = "--guard-freeze";

/// What is to be guarded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What is about to be frozen, in the order in which it is to be thawed.
    pub mount_points: Vec<PathBuf>,
    /// How long the freeze may stand; without end when absent.
    pub limit: Option<Duration>,
    /// Whether it stands already, and so has its mark.
    pub stands: bool,
}

/// Starting guardians.
pub trait Guardians: Send + Sync {
    /// Starts one that lives no longer than the thread that calls this, and runs the hook of `rules` with
    /// `thaw` should the agent end.
    fn start(&self, rules: &Rules) -> Result<Arc<dyn Guardian>, String>;
}

/// A guardian that has started.
pub trait Guardian: Send + Sync {
    /// Tells it what is about to be frozen, and waits until it is ready to thaw that.
    fn guard(&self, plan: &Plan) -> Result<(), String>;
    /// Tells it to thaw all of that; it says how many were frozen.
    fn thaw(&self);
    /// Waits for what it says next; `None` when it is gone.
    fn hear(&self) -> Option<Notice>;
    /// Tells it that the agent has heard of the deadline, and ends the freeze.
    fn take_over(&self);
    /// Tells it that nothing is frozen any more. It ends.
    fn dismiss(&self);
}
