//! From a method and a path to channels.

use crate::address::{VsockAddress, VsockAddressError};
use crate::channel::Channel;
use crate::listener::Listener;
use crate::method::Method;
use crate::{serial, virtio};
use nix::errno::Errno;
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Bytes of a path that fit into a unix address beside the closing zero (unix(7)).
const LONGEST_SOCKET_PATH: usize = 107;

/// What [`open`] gives.
#[derive(Debug)]
pub enum Endpoint {
    /// A device: one channel, to be opened again when it breaks. Pause before that: one that breaks at once
    /// would keep a processor busy.
    Port(Channel),
    /// A listening socket: a channel for each client.
    Listener(Listener),
}

/// The channel cannot be opened; worded as by the reference agent (compat.md D.4).
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The device is missing, in use, or not of the right kind.
    #[error("error opening channel '{}': {}", path.display(), Plain(error))]
    Device {
        /// The device.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The path does not fit into a unix address.
    #[error("UNIX socket path '{}' is too long", .0.display())]
    PathTooLong(PathBuf),
    /// What is at the socket's path cannot be removed.
    #[error("Failed to unlink socket {}: {}", path.display(), Plain(error))]
    Unlink {
        /// The socket's path.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The unix socket cannot be made.
    #[error("Failed to bind socket to {}: {}", path.display(), Plain(error))]
    BindUnix {
        /// The socket's path.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The path is no vsock address.
    #[error(transparent)]
    Vsock(#[from] VsockAddressError),
    /// The vsock socket cannot be made.
    #[error("Failed to bind socket: {}", Plain(.0))]
    BindVsock(io::Error),
}

/// Opens the channel of the guest's side. `path` is a device, the path of a socket, or a vsock address.
pub fn open(method: Method, path: impl AsRef<OsStr>) -> Result<Endpoint, OpenError> {
    let text = path.as_ref();
    let path = Path::new(text);
    match method {
        Method::VirtioSerial => virtio::open(path).map(Endpoint::Port).map_err(|error| device(path, error)),
        Method::IsaSerial => serial::open(path).map(Endpoint::Port).map_err(|error| device(path, error)),
        Method::UnixListen => listen_unix(path).map(Endpoint::Listener),
        Method::VsockListen => listen_vsock(&text.to_string_lossy()).map(Endpoint::Listener),
    }
}

fn device(path: &Path, error: io::Error) -> OpenError {
    OpenError::Device { path: path.to_owned(), error }
}

/// Whatever is at the path is unlinked first, as a socket outlives the agent that made it.
fn listen_unix(path: &Path) -> Result<Listener, OpenError> {
    if path.as_os_str().as_bytes().len() > LONGEST_SOCKET_PATH {
        return Err(OpenError::PathTooLong(path.to_owned()));
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(OpenError::Unlink { path: path.to_owned(), error });
        }
        _ => {}
    }
    bind_unix(path).map_err(|error| OpenError::BindUnix { path: path.to_owned(), error })
}

/// Given no name the system would make one up.
fn bind_unix(path: &Path) -> io::Result<Listener> {
    if path.as_os_str().is_empty() {
        return Err(Errno::ENOENT.into());
    }
    Listener::bind_unix(path)
}

fn listen_vsock(address: &str) -> Result<Listener, OpenError> {
    let address: VsockAddress = address.parse()?;
    Listener::bind_vsock(address).map_err(OpenError::BindVsock)
}

/// An error of the system in the words of strerror(3), to which Rust adds the number.
struct Plain<'a>(&'a io::Error);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        let number = self.0.raw_os_error().map(|code| format!(" (os error {code})")).unwrap_or_default();
        f.write_str(text.strip_suffix(&number).unwrap_or(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixStream;

    fn refusal(method: Method, path: impl AsRef<OsStr>) -> String {
        open(method, path).map(drop).unwrap_err().to_string()
    }

    #[test]
    fn a_path_that_cannot_be_opened_is_told_with_the_reason() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name).display().to_string();
        fs::write(at("file"), "").unwrap();
        let cases = [
            (
                Method::VirtioSerial,
                at("x"),
                format!("error opening channel '{}': No such file or directory", at("x")),
            ),
            (
                Method::VirtioSerial,
                at("file"),
                format!("error opening channel '{}': Operation not permitted", at("file")),
            ),
            (
                Method::IsaSerial,
                at("x"),
                format!("error opening channel '{}': No such file or directory", at("x")),
            ),
            (
                Method::IsaSerial,
                at("file"),
                format!("error opening channel '{}': Inappropriate ioctl for device", at("file")),
            ),
            (
                Method::UnixListen,
                at("x/y"),
                format!("Failed to bind socket to {}: No such file or directory", at("x/y")),
            ),
            (
                Method::UnixListen,
                at("file/y"),
                format!("Failed to unlink socket {}: Not a directory", at("file/y")),
            ),
            (Method::UnixListen, at(""), format!("Failed to unlink socket {}: Is a directory", at(""))),
            (
                Method::UnixListen,
                String::new(),
                "Failed to bind socket to : No such file or directory".into(),
            ),
            (Method::VsockListen, "here".into(), "error parsing address 'here'".into()),
        ];
        for (method, path, text) in cases {
            assert_eq!(refusal(method, path), text);
        }
    }

    #[test]
    fn whatever_is_at_the_path_makes_room_for_the_socket() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("socket");
        fs::write(&path, "a file").unwrap();
        for _ in 0..2 {
            let Endpoint::Listener(mut listener) = open(Method::UnixListen, &path).unwrap() else {
                panic!("a listener was expected");
            };
            let _client = UnixStream::connect(&path).unwrap();
            listener.accept().unwrap();
        }
    }

    #[test]
    fn a_socket_path_has_107_bytes_at_most() {
        let dir = tempfile::tempdir().unwrap();
        let name = "x".repeat(LONGEST_SOCKET_PATH - dir.path().as_os_str().len() - 1);
        let longest = dir.path().join(name).display().to_string();
        open(Method::UnixListen, &longest).unwrap();
        let longer = format!("{longest}x");
        assert_eq!(refusal(Method::UnixListen, &longer), format!("UNIX socket path '{longer}' is too long"));
    }
}
