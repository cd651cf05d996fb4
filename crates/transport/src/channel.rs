//! A channel to one peer, and its two halves.

use crate::virtio;
use nix::errno::Errno;
use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::Arc;

/// A way to and from one peer.
#[derive(Debug)]
pub struct Channel {
    peer: String,
    receiver: Receiver,
    sender: Sender,
}

/// The half that takes bytes in.
#[derive(Debug)]
pub struct Receiver(Incoming);

/// The half that sends bytes. The channel is closed when both halves are dropped.
#[derive(Debug)]
pub struct Sender(Outgoing);

/// What [`Receiver::receive`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// This many bytes, at least one.
    Bytes(usize),
    /// The peer sends no more: a client has closed its end or at least the direction to us, or the serial
    /// line was hung up. A client that closed one direction only still takes answers.
    End,
}

#[derive(Debug)]
enum Incoming {
    Stream(Arc<File>),
    Virtio(virtio::Receiver),
}

#[derive(Debug)]
enum Outgoing {
    Stream(Arc<File>),
    Virtio(virtio::Sender),
}

impl Channel {
    /// A channel over a blocking descriptor whose reads end when the peer is gone.
    pub(crate) fn stream(file: File, peer: String) -> Channel {
        let file = Arc::new(file);
        Channel {
            peer,
            receiver: Receiver(Incoming::Stream(Arc::clone(&file))),
            sender: Sender(Outgoing::Stream(file)),
        }
    }

    pub(crate) fn virtio(port: File, peer: String) -> io::Result<Channel> {
        let port = Arc::new(port);
        Ok(Channel {
            peer,
            receiver: Receiver(Incoming::Virtio(virtio::Receiver::new(Arc::clone(&port))?)),
            sender: Sender(Outgoing::Virtio(virtio::Sender::new(port))),
        })
    }

    /// Who is at the other end, for logs: a device's path or what is known of the client.
    pub fn peer(&self) -> &str {
        &self.peer
    }

    /// The two halves; one may be blocked while another thread uses the other.
    pub fn split(self) -> (Receiver, Sender) {
        (self.receiver, self.sender)
    }
}

impl Receiver {
    /// Blocks until bytes are there and puts them into `room`, which must not be empty.
    ///
    /// The virtio port never ends because its host has gone: this waits until one sends something. An
    /// unplugged port is an error.
    pub fn receive(&mut self, room: &mut [u8]) -> io::Result<Received> {
        match &mut self.0 {
            Incoming::Stream(file) => receive_from_stream(file, room),
            Incoming::Virtio(port) => port.receive(room).map(Received::Bytes),
        }
    }
}

impl Sender {
    /// Blocks until the peer has taken all `bytes` or is gone.
    ///
    /// A client that is gone is a `BrokenPipe` error. The virtio port drops the rest when its host goes and
    /// everything while there is none, which is no error: the next host has no use for the answer.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.0 {
            Outgoing::Stream(file) => send_to_stream(file, bytes),
            Outgoing::Virtio(port) => port.send(bytes),
        }
    }
}

fn receive_from_stream(mut file: &File, room: &mut [u8]) -> io::Result<Received> {
    loop {
        match file.read(room) {
            Ok(0) => return Ok(Received::End),
            Ok(count) => return Ok(Received::Bytes(count)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if is_end(&error) => return Ok(Received::End),
            Err(error) => return Err(error),
        }
    }
}

/// A client that closes with answers unread resets the connection; a terminal without its other end gives
/// an input/output error.
fn is_end(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::ConnectionReset || error.raw_os_error() == Some(Errno::EIO as i32)
}

fn send_to_stream(mut file: &File, bytes: &[u8]) -> io::Result<()> {
    match file.write_all(bytes) {
        Err(error) if is_end(&error) => Err(io::ErrorKind::BrokenPipe.into()),
        result => result,
    }
}
