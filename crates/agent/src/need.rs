//! What commands need of root's power. Each says so beside what it does; from that come what the agent gives up
//! when it starts, the sandbox of its unit, and what the doctor looks for.

use qga_platform::capability::Capabilities;
use std::collections::BTreeSet;

/// Something that a command needs beyond what root's own files, sysfs and procfs give to any process of
/// root's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    /// To look into directories of others.
    Look,
    /// To work with the rights of a user.
    User,
    /// To open, make and change files of others.
    Files,
    /// To freeze, thaw or trim filesystems.
    Filesystems,
    /// To start a guardian.
    Guardian,
    /// To ask the kernel for network interfaces.
    Network,
    /// To switch processors and memory.
    Hardware,
    /// To set the clocks.
    Clock,
    /// To have the system stop.
    Stop,
    /// To start programs that may need anything: those of the host's choice, the hook, those that ask PAM.
    Programs,
}

impl Need {
    /// The capabilities that it takes.
    pub(crate) fn capabilities(self) -> Capabilities {
        match self {
            Need::Look => Capabilities::DAC_READ_SEARCH,
            Need::User => Capabilities::SETUID | Capabilities::SETGID,
            Need::Files => {
                Capabilities::DAC_OVERRIDE
                    | Capabilities::DAC_READ_SEARCH
                    | Capabilities::FOWNER
                    | Capabilities::FSETID
                    | Capabilities::SYS_RESOURCE
            }
            Need::Filesystems => Capabilities::SYS_ADMIN | Capabilities::DAC_READ_SEARCH,
            // It locks its memory, and has itself spared when memory runs out.
            Need::Guardian => Capabilities::IPC_LOCK | Capabilities::SYS_RESOURCE,
            // Files that are root's, and a socket that is everybody's.
            Need::Hardware | Need::Network => Capabilities::empty(),
            Need::Clock => Capabilities::SYS_TIME,
            // An init other than systemd is asked by a signal.
            Need::Stop => Capabilities::SYS_BOOT | Capabilities::KILL,
            Need::Programs => Capabilities::all(),
        }
    }

    /// What cannot be done without them.
    pub(crate) fn purpose(self) -> &'static str {
        match self {
            Need::Look => "look into directories of others",
            Need::User => "work with the rights of a user",
            Need::Files => "open files of others",
            Need::Filesystems => "freeze and trim filesystems",
            Need::Guardian => "protect the guardian of a freeze",
            Need::Network => "tell network interfaces",
            Need::Hardware => "switch processors and memory",
            Need::Clock => "set the clock",
            Need::Stop => "stop the system",
            Need::Programs => "run programs as root",
        }
    }

    /// Whether it takes programs of the system, which do as they are used to.
    pub(crate) fn runs_programs(self) -> bool {
        matches!(self, Need::Clock | Need::Stop | Need::Programs)
    }
}

/// The capabilities that all of these take together.
pub(crate) fn capabilities(needs: &BTreeSet<Need>) -> Capabilities {
    needs.iter().fold(Capabilities::empty(), |all, need| all | need.capabilities())
}
