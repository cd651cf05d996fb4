//! Routes of IPv6 as rtnetlink(7) tells them.
//!
//! The kernel walks the table from its beginning for each 4 KiB of `/proc/net/ipv6_route`: 50,000 routes take it
//! four seconds there and some milliseconds here. What it tells only there is left out.

use crate::network::ipv6_text;
use crate::{Error, Result};
use nix::libc::{
    NLM_F_DUMP, NLM_F_REQUEST, NLMSG_DONE, NLMSG_ERROR, RTA_DST, RTA_GATEWAY, RTA_OIF, RTA_PRIORITY, RTA_SRC,
    RTM_GETROUTE, RTN_ANYCAST, RTN_BLACKHOLE, RTN_LOCAL, RTN_PROHIBIT, RTN_THROW, RTN_UNREACHABLE,
    RTPROT_KERNEL,
};
use nix::net::if_::if_nameindex;
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, recv, sendto, socket,
};
use qga_wire::family::network::NetworkRoute;
use std::collections::HashMap;
use std::io;
use std::net::Ipv6Addr;
use std::os::fd::AsRawFd;

/// Lengths of the structs nlmsghdr, rtmsg and rtattr.
const HEADER: usize = 16;
const ROUTE_HEADER: usize = 12;
const ATTRIBUTE_HEADER: usize = 4;
/// The kernel's usual piece of a dump is half of this.
const ROOM: usize = 64 << 10;

/// The names of interfaces by their numbers.
type Names = HashMap<u32, String>;

/// All routes of all tables, table by table.
pub(super) fn ipv6() -> Result<Vec<NetworkRoute>> {
    told().map_err(|error| Error::new("cannot ask the kernel for routes", error))
}

fn told() -> io::Result<Vec<NetworkRoute>> {
    let names: Names = if_nameindex()?
        .iter()
        .map(|interface| (interface.index(), interface.name().to_string_lossy().into_owned()))
        .collect();
    let socket =
        socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, SockProtocol::NetlinkRoute)?;
    sendto(socket.as_raw_fd(), &request(), &NetlinkAddr::new(0, 0), MsgFlags::empty())?;
    let mut routes = Vec::new();
    let mut room = vec![0; ROOM];
    loop {
        let length = recv(socket.as_raw_fd(), &mut room, MsgFlags::empty())?;
        for (kind, body) in Messages(room.get(..length).unwrap_or_default()) {
            match i32::from(kind) {
                NLMSG_DONE => return Ok(routes),
                NLMSG_ERROR => return Err(io::Error::other("the kernel tells no routes")),
                _ => routes.extend(route(body, &names)),
            }
        }
    }
}

/// Asks for a dump of the routes of IPv6.
fn request() -> Vec<u8> {
    let length = u32::try_from(HEADER + ROUTE_HEADER).unwrap_or_default();
    let flags = u16::try_from(NLM_F_REQUEST | NLM_F_DUMP).unwrap_or_default();
    let mut request = length.to_ne_bytes().to_vec();
    request.extend(RTM_GETROUTE.to_ne_bytes());
    request.extend(flags.to_ne_bytes());
    request.resize(HEADER, 0);
    request.push(AddressFamily::Inet6 as u8);
    request.resize(HEADER + ROUTE_HEADER, 0);
    request
}

/// Messages one after another, each with its type.
struct Messages<'a>(&'a [u8]);

impl<'a> Iterator for Messages<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<(u16, &'a [u8])> {
        let length = usize::try_from(u32::from_ne_bytes(*self.0.first_chunk()?)).ok()?;
        let kind = u16::from_ne_bytes(*self.0.get(4..)?.first_chunk()?);
        let body = self.0.get(HEADER..length)?;
        self.0 = self.0.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((kind, body))
    }
}

/// Attributes one after another, each with its type.
struct Attributes<'a>(&'a [u8]);

impl<'a> Iterator for Attributes<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<(u16, &'a [u8])> {
        let length = usize::from(u16::from_ne_bytes(*self.0.first_chunk()?));
        let kind = u16::from_ne_bytes(*self.0.get(2..)?.first_chunk()?);
        let value = self.0.get(ATTRIBUTE_HEADER..length)?;
        self.0 = self.0.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((kind, value))
    }
}

fn route(body: &[u8], names: &Names) -> Option<NetworkRoute> {
    let [_family, prefix, source_prefix, _, _table, protocol, _scope, kind, ..] =
        *body.first_chunk::<ROUTE_HEADER>()?;
    let attributes: HashMap<u16, &[u8]> = Attributes(body.get(ROUTE_HEADER..)?).collect();
    let address = |kind| attributes.get(&kind).and_then(|value| address(value));
    let number =
        |kind| attributes.get(&kind).and_then(|value| Some(u32::from_ne_bytes(*value.first_chunk()?)));
    let gateway = address(RTA_GATEWAY);
    let text = |address: Option<Ipv6Addr>| ipv6_text(address.unwrap_or(Ipv6Addr::UNSPECIFIED));
    Some(NetworkRoute {
        flags: Some(flags(kind, protocol, gateway.is_some())),
        source: Some(text(address(RTA_SRC))),
        metric: number(RTA_PRIORITY).unwrap_or_default().into(),
        refcnt: None,
        window: None,
        version: 6,
        nexthop: Some(text(gateway)),
        iface: number(RTA_OIF).and_then(|index| names.get(&index)).cloned().unwrap_or_default(),
        destination: text(address(RTA_DST)),
        desprefixlen: Some(prefix.to_string()),
        irtt: None,
        gateway: None,
        srcprefixlen: Some(source_prefix.to_string()),
        r#use: Some(0),
        mtu: None,
        mask: None,
    })
}

fn address(bytes: &[u8]) -> Option<Ipv6Addr> {
    Some(Ipv6Addr::from(*bytes.first_chunk::<16>()?))
}

/// The flags that the file has, as far as they follow from what is told: see `linux/ipv6_route.h`.
fn flags(kind: u8, protocol: u8, has_gateway: bool) -> u64 {
    const UP: u64 = 0x1;
    const GATEWAY: u64 = 0x2;
    const REJECT: u64 = 0x200;
    const ANYCAST: u64 = 0x10_0000;
    const NO_NEXT_HOP: u64 = 0x20_0000;
    const LOCAL: u64 = 0x8000_0000;
    let of_kind = match kind {
        RTN_UNREACHABLE | RTN_BLACKHOLE | RTN_PROHIBIT | RTN_THROW => return REJECT | NO_NEXT_HOP,
        RTN_LOCAL => UP | LOCAL,
        RTN_ANYCAST => UP | ANYCAST,
        _ => UP,
    };
    let of_kernel = matches!(kind, RTN_LOCAL | RTN_ANYCAST) && protocol == RTPROT_KERNEL;
    of_kind | if of_kernel { NO_NEXT_HOP } else { 0 } | if has_gateway { GATEWAY } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
        let length = u16::try_from(ATTRIBUTE_HEADER + value.len()).unwrap();
        [&length.to_ne_bytes()[..], &kind.to_ne_bytes(), value].concat()
    }

    #[test]
    fn a_route_is_told_as_the_file_tells_it() {
        let header = [10, 48, 0, 0, 254, 3, 0, 1, 0, 0, 0, 0];
        let destination: Ipv6Addr = "2001:db8:1::".parse().unwrap();
        let gateway: Ipv6Addr = "fe80::1".parse().unwrap();
        let body = [
            header.to_vec(),
            attribute(RTA_DST, &destination.octets()),
            attribute(RTA_PRIORITY, &1024_u32.to_ne_bytes()),
            attribute(RTA_GATEWAY, &gateway.octets()),
            attribute(RTA_OIF, &7_u32.to_ne_bytes()),
        ]
        .concat();
        let route = route(&body, &HashMap::from([(7, "eth0".to_owned())])).unwrap();
        assert_eq!(
            (route.destination.as_str(), route.desprefixlen.as_deref(), route.nexthop.as_deref()),
            ("2001:db8:1::", Some("48"), Some("fe80::1"))
        );
        assert_eq!((route.iface.as_str(), route.metric, route.flags), ("eth0", 1024, Some(3)));
        assert_eq!((route.source.as_deref(), route.srcprefixlen.as_deref()), (Some("::"), Some("0")));
    }

    #[test]
    fn flags_follow_from_what_a_route_is_for() {
        assert_eq!(flags(RTN_UNREACHABLE, 3, false), 0x20_0200);
        assert_eq!(flags(RTN_LOCAL, RTPROT_KERNEL, false), 0x8020_0001);
        assert_eq!(flags(RTN_LOCAL, 3, false), 0x8000_0001);
        assert_eq!(flags(RTN_ANYCAST, RTPROT_KERNEL, false), 0x30_0001);
    }

    #[test]
    fn what_is_cut_short_is_passed_over() {
        assert_eq!(route(&[0; ROUTE_HEADER - 1], &Names::new()), None);
        for bytes in [&b""[..], &[1], &[0; 16], &[255; 16], &[20, 0, 0, 0, 24, 0]] {
            assert_eq!(Messages(bytes).count(), 0);
            assert_eq!(Attributes(bytes).count(), 0);
        }
    }

    #[test]
    fn this_machine_tells_the_same_here_and_in_the_file() {
        let Ok(file) = std::fs::read_to_string("/proc/net/ipv6_route") else { return };
        let dumped = ipv6().unwrap();
        if file.lines().any(|line| line.starts_with("00000000000000000000000000000001 80")) {
            assert!(dumped.iter().any(|route| route.destination == "::1" && route.iface == "lo"));
        }
    }
}
