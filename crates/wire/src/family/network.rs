//! Interfaces and routes of the guest.

use crate::{Command, Schema};
use serde::{Deserialize, Serialize};

/// Lists the network interfaces with their addresses and counters.
///
/// Links come first, as the kernel numbers them; an IPv4 address with a label of its own (`eth0:1`) makes an
/// entry under that name.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-network-get-interfaces", since = "1.1", returns = Vec<NetworkInterface>, effect = Read)]
pub struct NetworkGetInterfaces {}

/// A network interface, or a labelled address of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "kebab-case")]
pub struct NetworkInterface {
    /// The interface's name in the guest.
    pub name: String,
    /// Its addresses; left out when it has none.
    pub ip_addresses: Option<Vec<IpAddress>>,
    /// What went through it since it exists; left out when it has no address.
    pub statistics: Option<NetworkInterfaceStat>,
    /// The first six bytes of its link address, as `02:00:00:00:00:01`; zero for links that have none.
    pub hardware_address: Option<String>,
}

/// An address of an interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "kebab-case")]
pub struct IpAddress {
    /// The protocol that the address belongs to.
    pub ip_address_type: IpAddressType,
    /// The address as text; one that is local to its link has no scope behind it.
    pub ip_address: String,
    /// How many leading bits name the network.
    pub prefix: i64,
}

/// The protocol that an address belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "lowercase")]
pub enum IpAddressType {
    /// Internet protocol, version 4.
    Ipv4,
    /// Internet protocol, version 6.
    Ipv6,
}

/// What went through an interface since it exists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "kebab-case")]
pub struct NetworkInterfaceStat {
    /// Packets sent.
    pub tx_packets: u64,
    /// Packets that could not be sent because of errors.
    pub tx_errs: u64,
    /// Bytes received.
    pub rx_bytes: u64,
    /// Packets received and thrown away for want of room.
    pub rx_dropped: u64,
    /// Packets received.
    pub rx_packets: u64,
    /// Packets received with errors.
    pub rx_errs: u64,
    /// Bytes sent.
    pub tx_bytes: u64,
    /// Packets thrown away before they were sent.
    pub tx_dropped: u64,
}

/// Lists the routes of IPv4, then those of IPv6.
///
/// These are the routes that the kernel shows in `/proc/net`, for IPv6 with those to the guest's own addresses.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-network-get-route", since = "9.1", returns = Vec<NetworkRoute>, effect = Read)]
pub struct NetworkGetRoute {}

/// A route: where packets to some addresses go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct NetworkRoute {
    /// The kernel's flags of the route (`RTF_UP` is 1, `RTF_GATEWAY` 2).
    pub flags: Option<u64>,
    /// IPv6: the addresses of senders that the route is for, `::` for all.
    pub source: Option<String>,
    /// The cost: of several routes to one place the cheapest is taken.
    pub metric: i64,
    /// How many users the kernel counts; left out for IPv6 where there are thousands of routes.
    pub refcnt: Option<i64>,
    /// IPv4: the window for connections over the route, in bytes; 0 is the default.
    pub window: Option<i64>,
    /// The version of the internet protocol, 4 or 6.
    pub version: i64,
    /// IPv6: the next router, `::` if the destination is reached directly.
    pub nexthop: Option<String>,
    /// The name of the interface that packets leave by.
    pub iface: String,
    /// The addresses that the route is for.
    pub destination: String,
    /// IPv6: how many leading bits of `destination` count, as a decimal number.
    pub desprefixlen: Option<String>,
    /// IPv4: the round trip time to assume at first, in milliseconds; 0 is the default.
    pub irtt: Option<i64>,
    /// IPv4: the next router, `0.0.0.0` if the destination is reached directly.
    pub gateway: Option<String>,
    /// IPv6: how many leading bits of `source` count, as a decimal number.
    pub srcprefixlen: Option<String>,
    /// How often the route was looked up.
    pub r#use: Option<i64>,
    /// IPv4: the largest packet, in bytes; 0 is the default.
    pub mtu: Option<i64>,
    /// IPv4: the bits of `destination` that count.
    pub mask: Option<String>,
}
