//! Who is at the other end of a channel.

use crate::address::VsockAddress;
use crate::method::Method;
use std::fmt;
use std::path::PathBuf;

/// Who is at the other end of a channel, as far as the system tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peer {
    /// Whoever has the other end of a device.
    Device {
        /// What kind of device it is.
        method: Method,
        /// The device.
        path: PathBuf,
    },
    /// A client of a unix socket; what the kernel knows of it, if anything.
    Unix(Option<Process>),
    /// A client of a vsock port.
    Vsock(VsockAddress),
}

/// A process and its user, as they were when it connected (unix(7), `SO_PEERCRED`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Process {
    /// The process id; 0 if it is in a namespace that the agent does not see.
    pub pid: i32,
    /// The user id.
    pub uid: u32,
}

impl Peer {
    /// The method by which it is reached.
    pub fn method(&self) -> Method {
        match self {
            Peer::Device { method, .. } => *method,
            Peer::Unix(_) => Method::UnixListen,
            Peer::Vsock(_) => Method::VsockListen,
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Peer::Device { path, .. } => path.display().fmt(f),
            Peer::Unix(Some(process)) => {
                write!(f, "unix client of process {}, user {}", process.pid, process.uid)
            }
            Peer::Unix(None) => f.write_str("unix client"),
            Peer::Vsock(address) => write!(f, "vsock client {address}"),
        }
    }
}
