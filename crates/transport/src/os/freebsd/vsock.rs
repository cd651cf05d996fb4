//! Each call answers that this system has no vsock.

use crate::address::VsockAddress;
use listenfd::ListenFd;
use std::io;
use std::os::fd::OwnedFd;
use std::time::Instant;

pub(crate) fn listen(_address: VsockAddress) -> io::Result<OwnedFd> {
    Err(unsupported())
}

pub(crate) fn accept(_socket: &OwnedFd) -> io::Result<(OwnedFd, VsockAddress)> {
    Err(unsupported())
}

pub(crate) fn connect(_address: VsockAddress, _deadline: Option<Instant>) -> io::Result<OwnedFd> {
    Err(unsupported())
}

pub(crate) fn take_passed(_passed: &mut ListenFd) -> io::Result<Option<OwnedFd>> {
    Err(unsupported())
}

fn unsupported() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, "vsock is not supported on this system")
}
