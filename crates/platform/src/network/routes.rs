mod dump;

use super::ipv6_text;
use crate::{Error, Result, Root};
use qga_wire::family::network::NetworkRoute;
use std::net::{Ipv4Addr, Ipv6Addr};

const IPV4: &str = "/proc/net/route";
const IPV6: &str = "/proc/net/ipv6_route";
const IPV6_COUNTS: &str = "/proc/net/rt6_stats";

/// From so many routes of IPv6 on the kernel's file of them is not read: that takes time with their square.
const MANY: u32 = 4096;

/// All routes of IPv4, then all of IPv6. A kernel without one of the two has no routes of it.
pub fn routes(root: &Root) -> Result<Vec<NetworkRoute>> {
    let mut routes = ipv4(&read(root, IPV4)?);
    let of_ipv6 = if ipv6_count(root) < MANY { ipv6(&read(root, IPV6)?) } else { dump::ipv6()? };
    routes.extend(of_ipv6);
    Ok(routes)
}

/// How many routes of IPv6 there are: the fourth of the numbers in base 16.
fn ipv6_count(root: &Root) -> u32 {
    let counts = root.read_text(IPV6_COUNTS).ok().flatten().unwrap_or_default();
    counts.split_ascii_whitespace().nth(3).and_then(hex).unwrap_or_default()
}

fn read(root: &Root, path: &str) -> Result<String> {
    let text = root.read_text(path).map_err(|error| Error::new(format!("open(\"{path}\")"), error))?;
    Ok(text.unwrap_or_default())
}

fn ipv4(text: &str) -> Vec<NetworkRoute> {
    text.lines().skip(1).filter_map(ipv4_route).collect()
}

/// `Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT`; addresses and flags in base 16.
fn ipv4_route(line: &str) -> Option<NetworkRoute> {
    let [iface, destination, gateway, flags, refcnt, uses, metric, mask, mtu, window, irtt] = columns(line)?;
    Some(NetworkRoute {
        flags: Some(u64::from(hex(flags)?)),
        source: None,
        metric: metric.parse().ok()?,
        refcnt: Some(refcnt.parse().ok()?),
        window: Some(window.parse().ok()?),
        version: 4,
        nexthop: None,
        iface: iface.to_owned(),
        destination: ipv4_address(destination)?,
        desprefixlen: None,
        irtt: Some(irtt.parse().ok()?),
        gateway: Some(ipv4_address(gateway)?),
        srcprefixlen: None,
        r#use: Some(uses.parse().ok()?),
        mtu: Some(mtu.parse().ok()?),
        mask: Some(ipv4_address(mask)?),
    })
}

fn ipv6(text: &str) -> Vec<NetworkRoute> {
    text.lines().filter_map(ipv6_route).collect()
}

/// Destination, its prefix, source, its prefix, next hop, metric, references, uses, flags, all in base 16, and
/// the interface.
fn ipv6_route(line: &str) -> Option<NetworkRoute> {
    let [destination, prefix, source, source_prefix, nexthop, metric, refcnt, uses, flags, iface] =
        columns(line)?;
    Some(NetworkRoute {
        flags: Some(u64::from(hex(flags)?)),
        source: Some(ipv6_address(source)?),
        metric: i64::from(hex(metric)?),
        refcnt: Some(i64::from(hex(refcnt)?)),
        window: None,
        version: 6,
        nexthop: Some(ipv6_address(nexthop)?),
        iface: iface.to_owned(),
        destination: ipv6_address(destination)?,
        desprefixlen: Some(hex(prefix)?.to_string()),
        irtt: None,
        gateway: None,
        srcprefixlen: Some(hex(source_prefix)?.to_string()),
        r#use: Some(i64::from(hex(uses)?)),
        mtu: None,
        mask: None,
    })
}

/// The first columns of a line, if it has so many.
fn columns<const COUNT: usize>(line: &str) -> Option<[&str; COUNT]> {
    let mut columns = line.split_ascii_whitespace();
    let columns = std::array::from_fn(|_| columns.next().unwrap_or_default());
    columns.iter().all(|column| !column.is_empty()).then_some(columns)
}

fn hex(digits: &str) -> Option<u32> {
    u32::from_str_radix(digits, 16).ok()
}

/// The kernel prints the four bytes, which stand in the network's order, as one number of the machine's.
fn ipv4_address(digits: &str) -> Option<String> {
    Some(Ipv4Addr::from(hex(digits)?.to_ne_bytes()).to_string())
}

fn ipv6_address(digits: &str) -> Option<String> {
    u128::from_str_radix(digits, 16).ok().map(Ipv6Addr::from).map(ipv6_text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use qga_testkit::fixture;
    use qga_wire::json;

    fn told(routes: &[NetworkRoute]) -> Vec<String> {
        let text = |route| {
            let mut line = Vec::new();
            json::write(&mut line, route).unwrap();
            String::from_utf8(line).unwrap()
        };
        routes.iter().map(text).collect()
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn the_routes_of_ipv4_come_before_those_of_ipv6() {
        let tree = fixture::unpack(include_str!("../../fixtures/microvm.tree")).unwrap();
        let expected = [
            r#"{"flags": 3, "metric": 0, "refcnt": 0, "window": 0, "version": 4, "iface": "eth0", "destination": "0.0.0.0", "irtt": 0, "gateway": "192.0.2.1", "use": 0, "mtu": 0, "mask": "0.0.0.0"}"#,
            r#"{"flags": 1, "metric": 0, "refcnt": 0, "window": 0, "version": 4, "iface": "eth0", "destination": "192.0.2.0", "irtt": 0, "gateway": "0.0.0.0", "use": 0, "mtu": 0, "mask": "255.255.255.0"}"#,
            r#"{"flags": 3, "source": "::", "metric": 1024, "refcnt": 2, "version": 6, "nexthop": "fd00::1", "iface": "eth0", "destination": "::", "desprefixlen": "0", "srcprefixlen": "0", "use": 0}"#,
            r#"{"flags": 2149580801, "source": "::", "metric": 0, "refcnt": 2, "version": 6, "nexthop": "::", "iface": "lo", "destination": "::1", "desprefixlen": "128", "srcprefixlen": "0", "use": 0}"#,
            r#"{"flags": 2097664, "source": "::", "metric": 4294967295, "refcnt": 1, "version": 6, "nexthop": "::", "iface": "lo", "destination": "::", "desprefixlen": "0", "srcprefixlen": "0", "use": 0}"#,
        ];
        assert_eq!(told(&routes(&Root::at(tree.path())).unwrap()), expected);
    }

    #[test]
    fn a_system_without_the_internet_has_no_routes() {
        let tree = fixture::unpack("").unwrap();
        assert_eq!(routes(&Root::at(tree.path())).unwrap(), []);
    }

    #[test]
    fn lines_that_make_no_sense_are_passed_over() {
        for line in
            ["", "eth0", "eth0 x 0 1 0 0 0 0 0 0 0", "eth0 00000000 00000000 0001 0 0 0 00000000 0 0 -"]
        {
            assert_eq!(ipv4_route(line), None, "{line}");
        }
        for line in
            ["", "eth0", "0 0 0 0 0 0 0 0 0", "0 0 0 0 0 0 0 0 1ffffffff eth0", "g 0 0 0 0 0 0 0 0 lo"]
        {
            assert_eq!(ipv6_route(line), None, "{line}");
        }
    }
}
