//! Windows: default paths. A host there cannot reach an agent yet: its standard library has no unix sockets.

use crate::address::Address;
use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

pub(crate) const VIRTIO_PATH: &str = r"\\.\Global\org.qemu.guest_agent.0";
pub(crate) const SERIAL_PATH: &str = "COM1";

/// A connection to an agent; none can exist on this system.
#[derive(Debug)]
pub enum Connection {}

/// Always an error of the kind `Unsupported`.
pub fn connect(address: &Address, _timeout: Option<Duration>) -> io::Result<Connection> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        format!("cannot connect to {address}: not supported on Windows"),
    ))
}

impl Connection {
    /// Until when reads and writes may take; none means as long as they need.
    pub fn set_deadline(&mut self, _deadline: Option<Instant>) {
        match *self {}
    }
}

impl Read for Connection {
    fn read(&mut self, _room: &mut [u8]) -> io::Result<usize> {
        match *self {}
    }
}

impl Write for Connection {
    fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
        match *self {}
    }

    fn flush(&mut self) -> io::Result<()> {
        match *self {}
    }
}
