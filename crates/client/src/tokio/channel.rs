//! A channel of this system as tokio wants it.

use ::tokio::io::{AsyncRead, AsyncWrite, join};
use ::tokio::net::unix::pipe::{Receiver, Sender};
use ::tokio::task::spawn_blocking;
use qga_transport::Address;
use std::io;
use std::time::Duration;

/// Connects as the blocking client does, aside: on some channels that waits.
///
/// A channel of any kind is a descriptor that does not block; tokio's ends of a pipe are what takes any of them.
pub(super) async fn connect(
    address: Address,
    timeout: Duration,
) -> io::Result<impl AsyncRead + AsyncWrite + Send + 'static> {
    let connecting = spawn_blocking(move || qga_transport::connect(&address, Some(timeout)));
    let file = connecting.await.map_err(io::Error::other)??.into_file();
    let other = file.try_clone()?;
    Ok(join(Receiver::from_file_unchecked(file)?, Sender::from_file_unchecked(other)?))
}
