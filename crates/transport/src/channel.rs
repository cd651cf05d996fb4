//! A channel to one peer, and its two halves.

use crate::peer::Peer;
use crate::virtio;
use nix::errno::Errno;
use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::Arc;

/// A way to and from one peer.
#[derive(Debug)]
pub struct Channel {
    peer: Peer,
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
    pub(crate) fn stream(file: File, peer: Peer) -> Channel {
        let file = Arc::new(file);
        Channel {
            peer,
            receiver: Receiver(Incoming::Stream(Arc::clone(&file))),
            sender: Sender(Outgoing::Stream(file)),
        }
    }

    pub(crate) fn virtio(port: File, peer: Peer) -> io::Result<Channel> {
        let port = Arc::new(port);
        Ok(Channel {
            peer,
            receiver: Receiver(Incoming::Virtio(virtio::Receiver::new(Arc::clone(&port))?)),
            sender: Sender(Outgoing::Virtio(virtio::Sender::new(port)?)),
        })
    }

    /// Who is at the other end.
    pub fn peer(&self) -> &Peer {
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Shutdown;
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;
    use std::thread;

    const BIG: usize = 8 << 20;

    fn channel() -> (UnixStream, Receiver, Sender) {
        let (ours, client) = UnixStream::pair().unwrap();
        let (receiver, sender) = Channel::stream(OwnedFd::from(ours).into(), Peer::Unix(None)).split();
        (client, receiver, sender)
    }

    fn received(receiver: &mut Receiver) -> Vec<u8> {
        let mut room = [0; 64];
        match receiver.receive(&mut room).unwrap() {
            Received::Bytes(count) => room[..count].to_vec(),
            Received::End => panic!("the channel has ended"),
        }
    }

    #[test]
    fn one_thread_sends_while_another_is_blocked_in_receive() {
        let (mut client, mut receiver, mut sender) = channel();
        let blocked = thread::spawn(move || received(&mut receiver));
        sender.send(b"answer").unwrap();
        let mut answer = [0; 6];
        client.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"answer");
        client.write_all(b"request").unwrap();
        assert_eq!(blocked.join().unwrap(), b"request");
    }

    #[test]
    fn a_half_closed_client_still_gets_its_answers() {
        let (mut client, mut receiver, mut sender) = channel();
        client.write_all(b"request").unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        assert_eq!(received(&mut receiver), b"request");
        assert_eq!(receiver.receive(&mut [0; 8]).unwrap(), Received::End);
        sender.send(b"answer").unwrap();
        drop((receiver, sender));
        let mut answers = String::new();
        client.read_to_string(&mut answers).unwrap();
        assert_eq!(answers, "answer");
    }

    #[test]
    fn a_client_gone_before_its_answer_is_a_broken_pipe() {
        let (client, _receiver, mut sender) = channel();
        drop(client);
        assert_eq!(sender.send(b"answer").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    #[test]
    fn a_client_that_leaves_an_answer_unread_is_gone_as_any_other() {
        let (client, mut receiver, mut sender) = channel();
        sender.send(b"answer").unwrap();
        drop(client);
        assert_eq!(receiver.receive(&mut [0; 8]).unwrap(), Received::End);
        assert_eq!(sender.send(b"answer").unwrap_err().kind(), io::ErrorKind::BrokenPipe);

        let (client, _receiver, mut sender) = channel();
        sender.send(b"answer").unwrap();
        drop(client);
        assert_eq!(sender.send(b"answer").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    #[test]
    fn a_slow_reader_gets_a_big_answer_whole() {
        let (mut client, _receiver, mut sender) = channel();
        let answer: Vec<u8> = (0..=250).cycle().take(BIG).collect();
        let sent = answer.clone();
        let sending = thread::spawn(move || sender.send(&sent));
        let mut taken = vec![0; BIG];
        for part in taken.chunks_mut(100_000) {
            thread::yield_now();
            client.read_exact(part).unwrap();
        }
        sending.join().unwrap().unwrap();
        assert!(taken == answer);
    }

    #[test]
    fn the_channel_is_closed_when_both_halves_are_dropped() {
        let (mut client, receiver, mut sender) = channel();
        drop(receiver);
        sender.send(b"late").unwrap();
        drop(sender);
        let mut rest = String::new();
        client.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "late");
    }
}
