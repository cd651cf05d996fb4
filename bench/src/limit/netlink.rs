//! What the kernel takes to tell all of a network, see rtnetlink(7).

use crate::{client::milliseconds, line::Round};
use anyhow::ensure;
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, recv, sendto, socket,
};
use std::{os::fd::AsRawFd, time::Instant};

/// What is to be told; the numbers are those of the requests.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Dump {
    Links = 18,
    Addresses = 22,
    Routes = 26,
}

const DONE: u16 = 3;
const REQUEST: u16 = 1;
const DUMP: u16 = 0x300;

/// Asks for a dump and reads it to its end, in milliseconds.
pub(crate) fn netlink(dump: Dump) -> Round {
    Box::new(move || {
        let start = Instant::now();
        let socket = socket(
            AddressFamily::Netlink,
            SockType::Raw,
            SockFlag::SOCK_CLOEXEC,
            SockProtocol::NetlinkRoute,
        )?;
        sendto(socket.as_raw_fd(), &request(dump), &NetlinkAddr::new(0, 0), MsgFlags::empty())?;
        let mut room = vec![0; 1 << 16];
        loop {
            let length = recv(socket.as_raw_fd(), &mut room, MsgFlags::empty())?;
            ensure!(length > 0, "the kernel says nothing");
            if ends(room.get(..length).unwrap_or_default()) {
                return Ok(milliseconds(start.elapsed()));
            }
        }
    })
}

/// A header, and a zero for "of all families".
fn request(dump: Dump) -> Vec<u8> {
    let mut request = 20_u32.to_ne_bytes().to_vec();
    request.extend((dump as u16).to_ne_bytes());
    request.extend((REQUEST | DUMP).to_ne_bytes());
    request.resize(20, 0);
    request
}

/// Whether the message that ends a dump is among these.
fn ends(mut messages: &[u8]) -> bool {
    while let Some((length, [low, high, ..])) = messages.split_first_chunk() {
        if u16::from_ne_bytes([*low, *high]) == DONE {
            return true;
        }
        let length = u32::from_ne_bytes(*length).next_multiple_of(4);
        messages =
            usize::try_from(length).ok().and_then(|length| messages.get(length.max(4)..)).unwrap_or_default();
    }
    false
}
