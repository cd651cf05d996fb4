//! A listening socket passed by systemd (the protocol of `sd_listen_fds(3)`).

use crate::listener::Listener;
use crate::os;
use crate::wait::set_blocking;
use listenfd::ListenFd;
use std::env;

/// The socket passed cannot be used; worded as by the reference agent (compat.md D.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InheritError {
    /// More than one socket was passed.
    #[error("qemu-ga only supports listening on one socket")]
    TooMany,
    /// It is neither a unix nor a vsock stream socket.
    #[error("unsupported listen fd type")]
    Unsupported,
}

/// The socket that was passed to this process, if one was.
///
/// `LISTEN_PID` and `LISTEN_FDS` are removed from the environment, which is why this must be called before
/// another thread is started. `LISTEN_FDNAMES` stays.
pub fn inherited() -> Result<Option<Listener>, InheritError> {
    // listenfd takes a missing LISTEN_PID for our own, which no service manager means.
    if env::var_os("LISTEN_PID").is_none_or(|pid| pid.is_empty()) {
        return Ok(None);
    }
    let mut passed = ListenFd::from_env();
    match passed.len() {
        0 => Ok(None),
        1 => take(&mut passed).map(Some),
        _ => Err(InheritError::TooMany),
    }
}

fn take(passed: &mut ListenFd) -> Result<Listener, InheritError> {
    if let Ok(Some(socket)) = passed.take_unix_listener(0) {
        set_blocking(&socket).map_err(|_| InheritError::Unsupported)?;
        return Ok(Listener::from(socket));
    }
    match os::vsock::take_passed(passed) {
        Ok(Some(socket)) => {
            set_blocking(&socket).map_err(|_| InheritError::Unsupported)?;
            Ok(Listener::vsock(socket))
        }
        _ => Err(InheritError::Unsupported),
    }
}
