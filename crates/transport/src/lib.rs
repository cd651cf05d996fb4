//! Byte channels for both ends: how the agent is reached, and how a host reaches it.
//!
//! Map. The guest's side (Unix only): a [`Method`] and a path are [opened](open) to an [`Endpoint`], which is
//! one [`Channel`] (a serial port) or a [`Listener`] that gives many (unix, vsock); systemd may have
//! [passed](inherited) the listener instead. A channel has two halves, [`Receiver`] and [`Sender`], which may
//! live on different threads. The host's side: an [`Address`] is [connected](connect) to a [`Connection`],
//! which keeps deadlines.
//!
//! How it waits. Clients of a listener and the isa-serial line are plain blocking descriptors: a blocked
//! read costs nothing, needs no second system call, and two threads may read and write at once. Only the
//! virtio port needs more, as a blocking read of it ends at once while no host is connected: there, and only
//! there, a read that finds nothing is followed by an edge-triggered wait (`virtio.rs` has the facts).
//!
//! Invariants:
//! - An idle channel wakes nobody, with and without a peer: no time-outs and no ticks.
//! - No JSON, no commands, and no unsafe code.
//! - A peer that is gone is an answer ([`Received::End`], `BrokenPipe`), never a signal: the Rust runtime
//!   ignores SIGPIPE.
//! - What differs between systems is in `os/`, one file each, chosen here.
#![forbid(unsafe_code)]

mod address;
mod method;

#[cfg(unix)]
mod activation;
#[cfg(unix)]
mod channel;
#[cfg(unix)]
mod connection;
#[cfg(unix)]
mod endpoint;
#[cfg(unix)]
mod listener;
#[cfg(unix)]
mod peer;
#[cfg(unix)]
mod serial;
#[cfg(unix)]
mod virtio;
#[cfg(unix)]
mod wait;

#[cfg(test)]
#[cfg(target_os = "linux")]
mod scene;

#[cfg_attr(target_os = "linux", path = "os/linux.rs")]
#[cfg_attr(target_os = "freebsd", path = "os/freebsd.rs")]
#[cfg_attr(windows, path = "os/windows.rs")]
mod os;

pub use address::{Address, AddressError, VsockAddress, VsockAddressError};
pub use method::{Method, UnsupportedMethod};

#[cfg(unix)]
pub use activation::{InheritError, inherited};
#[cfg(unix)]
pub use channel::{Channel, Received, Receiver, Sender};
#[cfg(unix)]
pub use connection::{Connection, connect};
#[cfg(unix)]
pub use endpoint::{Endpoint, OpenError, open};
#[cfg(unix)]
pub use listener::Listener;
#[cfg(windows)]
pub use os::{Connection, connect};
#[cfg(unix)]
pub use peer::{Peer, Process};
