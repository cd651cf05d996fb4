//! Sockets between a host and its guests (vsock(7)).

use crate::address::VsockAddress;
use crate::wait::wait;
use listenfd::ListenFd;
use nix::errno::Errno;
use nix::poll::PollFlags;
use nix::sys::socket::{
    AddressFamily, Backlog, SockFlag, SockType, VsockAddr, accept4, bind, connect as start_connect,
    getpeername, getsockopt, listen as start_listening, socket, sockopt,
};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::Instant;

/// Clients that may wait to be accepted, as many as for a unix socket.
const BACKLOG: i32 = 128;

pub(crate) fn listen(address: VsockAddress) -> io::Result<OwnedFd> {
    let socket = new_socket(SockFlag::empty())?;
    bind(socket.as_raw_fd(), &VsockAddr::new(address.cid, address.port))?;
    start_listening(&socket, Backlog::new(BACKLOG)?)?;
    Ok(socket)
}

pub(crate) fn accept(socket: &OwnedFd) -> io::Result<(OwnedFd, VsockAddress)> {
    let client = accept4(socket, SockFlag::SOCK_CLOEXEC)?;
    let peer: VsockAddr = getpeername(client.as_raw_fd())?;
    Ok((client, VsockAddress { cid: peer.cid(), port: peer.port() }))
}

/// A connected socket that does not block.
pub(crate) fn connect(address: VsockAddress, deadline: Option<Instant>) -> io::Result<OwnedFd> {
    let socket = new_socket(SockFlag::SOCK_NONBLOCK)?;
    match start_connect(socket.as_raw_fd(), &VsockAddr::new(address.cid, address.port)) {
        Err(Errno::EINPROGRESS) => finish_connect(socket, deadline),
        result => Ok(result.map(|()| socket)?),
    }
}

fn finish_connect(socket: OwnedFd, deadline: Option<Instant>) -> io::Result<OwnedFd> {
    wait(&socket, PollFlags::POLLOUT, deadline)?;
    match getsockopt(&socket, sockopt::SocketError)? {
        0 => Ok(socket),
        code => Err(io::Error::from_raw_os_error(code)),
    }
}

/// The first passed descriptor, if it is a vsock stream socket.
pub(crate) fn take_passed(passed: &mut ListenFd) -> io::Result<Option<OwnedFd>> {
    passed.take_custom(0, AddressFamily::Vsock as i32, SockType::Stream as i32, "vsock stream socket")
}

fn new_socket(flags: SockFlag) -> nix::Result<OwnedFd> {
    socket(AddressFamily::Vsock, SockType::Stream, SockFlag::SOCK_CLOEXEC | flags, None)
}
