//! A socket that clients connect to.

use crate::address::VsockAddress;
use crate::channel::Channel;
use crate::method::Method;
use crate::os;
use crate::peer::Peer;
use nix::errno::Errno;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::thread;
use std::time::Duration;

/// How long to wait before asking again while the system has no descriptor or memory for a new client.
const SHORTAGE_PAUSE: Duration = Duration::from_millis(500);

/// A socket that clients connect to; each becomes a [`Channel`] of its own.
#[derive(Debug)]
pub struct Listener(Socket);

#[derive(Debug)]
enum Socket {
    Unix(UnixListener),
    Vsock(OwnedFd),
}

impl Listener {
    /// Listens on a unix socket made at `path`, where nothing may be; its mode is left to the umask.
    pub(crate) fn bind_unix(path: &Path) -> io::Result<Listener> {
        UnixListener::bind(path).map(Listener::from)
    }

    pub(crate) fn bind_vsock(address: VsockAddress) -> io::Result<Listener> {
        os::vsock::listen(address).map(Listener::vsock)
    }

    pub(crate) fn vsock(socket: OwnedFd) -> Listener {
        Listener(Socket::Vsock(socket))
    }

    /// The method that this listener stands for, which is not the one asked for when the socket was passed.
    pub fn method(&self) -> Method {
        match self.0 {
            Socket::Unix(_) => Method::UnixListen,
            Socket::Vsock(_) => Method::VsockListen,
        }
    }

    /// Blocks until a client has connected.
    ///
    /// A client that went away while waiting is passed over. While the system has no descriptor or memory
    /// left, the client stays in the queue and this asks again twice a second.
    pub fn accept(&mut self) -> io::Result<Channel> {
        let mut told = false;
        loop {
            let error = match self.accept_once() {
                Ok(channel) => return Ok(channel),
                Err(error) => error,
            };
            match error.raw_os_error().map(Errno::from_raw) {
                Some(Errno::EINTR | Errno::ECONNABORTED | Errno::ECONNRESET) => {}
                Some(Errno::EMFILE | Errno::ENFILE | Errno::ENOBUFS | Errno::ENOMEM) => {
                    if !told {
                        log::warn!("a client has to wait: {error}");
                    }
                    told = true;
                    thread::sleep(SHORTAGE_PAUSE);
                }
                _ => return Err(error),
            }
        }
    }

    fn accept_once(&self) -> io::Result<Channel> {
        let (client, peer) = match &self.0 {
            Socket::Unix(socket) => {
                let client = OwnedFd::from(socket.accept()?.0);
                let peer = Peer::Unix(os::credentials(&client));
                (client, peer)
            }
            Socket::Vsock(socket) => {
                let (client, address) = os::vsock::accept(socket)?;
                (client, Peer::Vsock(address))
            }
        };
        Ok(Channel::stream(File::from(client), peer))
    }
}

impl From<UnixListener> for Listener {
    fn from(socket: UnixListener) -> Listener {
        Listener(Socket::Unix(socket))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::Received;
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;

    #[test]
    fn several_clients_are_served_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("socket");
        let mut listener = Listener::bind_unix(&path).unwrap();
        let mut sessions = Vec::new();
        for number in 0..3 {
            let client = UnixStream::connect(&path).unwrap();
            sessions.push((number, client, listener.accept().unwrap().split()));
        }
        for (number, client, (receiver, sender)) in sessions.iter_mut().rev() {
            client.write_all(&[*number]).unwrap();
            let mut room = [0; 8];
            assert_eq!(receiver.receive(&mut room).unwrap(), Received::Bytes(1));
            sender.send(&room[..1]).unwrap();
            client.read_exact(&mut room[1..2]).unwrap();
            assert_eq!(room[1], *number);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_unix_client_is_known_by_its_process() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("socket");
        let mut listener = Listener::bind_unix(&path).unwrap();
        let _client = UnixStream::connect(&path).unwrap();
        let channel = listener.accept().unwrap();
        let expected = format!("unix client of process {}, user ", std::process::id());
        assert!(channel.peer().to_string().starts_with(&expected), "{}", channel.peer());
    }
}
