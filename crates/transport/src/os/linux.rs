//! Linux: default paths, who a client is, vsock.

use nix::sys::socket::{getsockopt, sockopt};
use std::os::fd::OwnedFd;

pub(crate) const VIRTIO_PATH: &str = "/dev/virtio-ports/org.qemu.guest_agent.0";
pub(crate) const SERIAL_PATH: &str = "/dev/ttyS0";

/// Who made the other end of a unix socket, for logs; empty if the kernel does not tell.
pub(crate) fn credentials(client: &OwnedFd) -> String {
    match getsockopt(client, sockopt::PeerCredentials) {
        Ok(peer) => format!(" of process {}, user {}", peer.pid(), peer.uid()),
        Err(_) => String::new(),
    }
}

#[path = "linux/vsock.rs"]
pub(crate) mod vsock;
