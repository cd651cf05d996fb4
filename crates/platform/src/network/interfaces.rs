use super::ipv6_text;
use crate::{Error, Result, Root};
use nix::ifaddrs::{InterfaceAddress, getifaddrs};
use nix::sys::socket::SockaddrStorage;
use qga_wire::family::network::{IpAddress, IpAddressType, NetworkInterface, NetworkInterfaceStat};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const COUNTERS: &str = "/proc/net/dev";
const NO_LINK_ADDRESS: [u8; 6] = [0; 6];

/// All interfaces and labelled addresses, in the order in which the system names them first.
///
/// Counters that cannot be read are left out.
pub fn interfaces(root: &Root) -> Result<Vec<NetworkInterface>> {
    let entries = getifaddrs().map_err(|error| Error::new("getifaddrs failed", error))?;
    let counters = root.read_text(COUNTERS).ok().flatten().unwrap_or_default();
    Ok(gather(entries.map(Entry::from), &counters_by_name(&counters)))
}

/// What the system tells at once: a name, with a link's address or one of the internet.
struct Entry {
    name: String,
    link: Option<[u8; 6]>,
    address: Option<IpAddress>,
}

impl From<InterfaceAddress> for Entry {
    fn from(entry: InterfaceAddress) -> Entry {
        let netmask = entry.netmask.as_ref().and_then(ip);
        let address = entry.address.as_ref().and_then(ip).map(|address| told(address, netmask));
        // Only a link can be without an address: a tunnel, say. Its address then is told as zero.
        let link = entry.address.map_or(Some(NO_LINK_ADDRESS), |address| address.as_link_addr()?.addr());
        Entry { name: entry.interface_name, link, address }
    }
}

fn ip(address: &SockaddrStorage) -> Option<IpAddr> {
    let v4 = address.as_sockaddr_in().map(|address| IpAddr::V4(address.ip()));
    v4.or_else(|| address.as_sockaddr_in6().map(|address| IpAddr::V6(address.ip())))
}

fn told(address: IpAddr, netmask: Option<IpAddr>) -> IpAddress {
    let (ip_address_type, ip_address) = match address {
        IpAddr::V4(address) => (IpAddressType::Ipv4, address.to_string()),
        IpAddr::V6(address) => (IpAddressType::Ipv6, ipv6_text(address)),
    };
    IpAddress { ip_address_type, ip_address, prefix: netmask.map_or(0, prefix) }
}

fn prefix(netmask: IpAddr) -> i64 {
    i64::from(match netmask {
        IpAddr::V4(mask) => Ipv4Addr::to_bits(mask).count_ones(),
        IpAddr::V6(mask) => Ipv6Addr::to_bits(mask).count_ones(),
    })
}

fn gather(
    entries: impl Iterator<Item = Entry>,
    counters: &HashMap<&str, NetworkInterfaceStat>,
) -> Vec<NetworkInterface> {
    let mut interfaces: Vec<NetworkInterface> = Vec::new();
    let mut links: HashMap<String, String> = HashMap::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for Entry { name, link, address } in entries {
        if let Some(link) = link {
            links.insert(name.clone(), colons(link));
        }
        let place = *places.entry(name.clone()).or_insert(interfaces.len());
        if place == interfaces.len() {
            let hardware_address = links.get(without_label(&name)).cloned();
            interfaces.push(NetworkInterface {
                name,
                ip_addresses: None,
                statistics: None,
                hardware_address,
            });
        }
        if let (Some(address), Some(interface)) = (address, interfaces.get_mut(place)) {
            interface.statistics = counters.get(interface.name.as_str()).copied();
            interface.ip_addresses.get_or_insert_default().push(address);
        }
    }
    interfaces
}

/// The interface of a labelled address: what stands before the colon, which no interface's own name holds.
fn without_label(name: &str) -> &str {
    name.split_once(':').map_or(name, |(interface, _)| interface)
}

fn colons(link: [u8; 6]) -> String {
    link.map(|byte| format!("{byte:02x}")).join(":")
}

/// The counters of each interface, from the text of `/proc/net/dev`: see proc(5).
fn counters_by_name(text: &str) -> HashMap<&str, NetworkInterfaceStat> {
    text.lines().filter_map(counters_of_line).collect()
}

/// `NAME: ` and eight columns each for what came in and what went out, of which the first four are told.
fn counters_of_line(line: &str) -> Option<(&str, NetworkInterfaceStat)> {
    let (name, columns) = line.split_once(':')?;
    let columns: Vec<u64> =
        columns.split_whitespace().map(str::parse).collect::<std::result::Result<_, _>>().ok()?;
    let [
        rx_bytes,
        rx_packets,
        rx_errs,
        rx_dropped,
        _,
        _,
        _,
        _,
        tx_bytes,
        tx_packets,
        tx_errs,
        tx_dropped,
        ..,
    ] = *columns
    else {
        return None;
    };
    let counters = NetworkInterfaceStat {
        tx_packets,
        tx_errs,
        rx_bytes,
        rx_dropped,
        rx_packets,
        rx_errs,
        tx_bytes,
        tx_dropped,
    };
    Some((name.trim_start(), counters))
}

#[cfg(test)]
mod tests {
    use super::*;
    use qga_wire::json;

    const COUNTERS: &str = "\
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:    3193      29    0    0    0     0          0         0     3193      29    0    0    0     0       0          0
  eth0:4294967296 2    3    4    5     6          7         8 9 10   11   12   13    14      15         16
";

    fn link(name: &str, last: u8) -> Entry {
        Entry { name: name.to_owned(), link: Some([2, 0xfc, 0, 0, 0, last]), address: None }
    }

    fn address(name: &str, address: &str, mask: &str) -> Entry {
        let address = told(address.parse().unwrap(), Some(mask.parse().unwrap()));
        Entry { name: name.to_owned(), link: None, address: Some(address) }
    }

    fn gathered(entries: Vec<Entry>) -> String {
        let mut line = Vec::new();
        json::write(&mut line, &gather(entries.into_iter(), &counters_by_name(COUNTERS))).unwrap();
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn what_belongs_to_a_name_is_told_in_one_place() {
        let entries = vec![
            link("eth0", 1),
            link("eth1", 2),
            address("eth0", "192.0.2.2", "255.255.255.0"),
            address("eth0:alias", "192.0.2.3", "255.255.255.255"),
            address("eth0", "fe80::1", "ffff:ffff:ffff:ffff::"),
        ];
        assert_eq!(
            gathered(entries),
            r#"[{"name": "eth0", "ip-addresses": [{"ip-address-type": "ipv4", "ip-address": "192.0.2.2", "prefix": 24}, {"ip-address-type": "ipv6", "ip-address": "fe80::1", "prefix": 64}], "statistics": {"tx-packets": 10, "tx-errs": 11, "rx-bytes": 4294967296, "rx-dropped": 4, "rx-packets": 2, "rx-errs": 3, "tx-bytes": 9, "tx-dropped": 12}, "hardware-address": "02:fc:00:00:00:01"}, {"name": "eth1", "hardware-address": "02:fc:00:00:00:02"}, {"name": "eth0:alias", "ip-addresses": [{"ip-address-type": "ipv4", "ip-address": "192.0.2.3", "prefix": 32}], "hardware-address": "02:fc:00:00:00:01"}]"#
        );
    }

    #[test]
    fn a_system_without_interfaces_has_none() {
        assert_eq!(gathered(vec![]), "[]");
    }

    #[test]
    fn this_machine_has_a_loopback_interface() {
        let root = Root::at("/no/such/root");
        let interfaces = interfaces(&root).unwrap();
        let loopback = interfaces.iter().find(|interface| interface.name == "lo").unwrap();
        assert_eq!(loopback.hardware_address.as_deref(), Some("00:00:00:00:00:00"));
        assert_eq!(loopback.statistics, None);
    }

    #[test]
    fn lines_that_make_no_sense_are_passed_over() {
        for text in ["", "lo", "lo: 1 2 3", "lo: 1 2 3 4 5 6 7 8 9 10 11 x", ":"] {
            assert_eq!(counters_by_name(text), HashMap::new(), "{text}");
        }
    }
}
