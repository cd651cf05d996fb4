//! `qga net` and `qga routes`.

use super::show::show;
use crate::args::Common;
use crate::table::{Table, or_dash};
use indicatif::BinaryBytes;
use qga_wire::family::network::{
    NetworkGetInterfaces, NetworkGetRoute, NetworkInterface, NetworkInterfaceStat, NetworkRoute,
};
use std::net::Ipv4Addr;

pub(crate) fn net(common: &Common) -> anyhow::Result<()> {
    show(common, &NetworkGetInterfaces {}, |interfaces| interfaces_table(interfaces))
}

pub(crate) fn routes(common: &Common) -> anyhow::Result<()> {
    show(common, &NetworkGetRoute {}, |routes| routes_table(routes))
}

/// A row for each address; what belongs to the interface stands in its first.
fn interfaces_table(interfaces: &[NetworkInterface]) -> Table {
    let mut table =
        Table::new(&["INTERFACE", "ADDRESS", "?HARDWARE", ">RECEIVED", ">SENT", "?>ERRORS", "?>DROPPED"]);
    for interface in interfaces {
        let addresses = interface.ip_addresses.iter().flatten();
        let mut addresses = addresses.map(|address| format!("{}/{}", address.ip_address, address.prefix));
        let counters = counters(interface.statistics.as_ref());
        let first =
            [interface.name.clone(), or_dash(addresses.next()), or_dash(interface.hardware_address.as_ref())];
        table.row(first.into_iter().chain(counters));
        addresses.for_each(|address| table.row([String::new(), address]));
    }
    table
}

fn counters(counters: Option<&NetworkInterfaceStat>) -> [String; 4] {
    let Some(counters) = counters else { return ["-"; 4].map(str::to_owned) };
    [
        BinaryBytes(counters.rx_bytes).to_string(),
        BinaryBytes(counters.tx_bytes).to_string(),
        counters.rx_errs.saturating_add(counters.tx_errs).to_string(),
        counters.rx_dropped.saturating_add(counters.tx_dropped).to_string(),
    ]
}

fn routes_table(routes: &[NetworkRoute]) -> Table {
    let mut table = Table::new(&["DESTINATION", "BY WAY OF", "INTERFACE", "?>METRIC"]);
    for route in routes {
        let next_hop = route.gateway.as_ref().or(route.nexthop.as_ref()).map(String::as_str);
        let next_hop = next_hop.filter(|address| !matches!(*address, "0.0.0.0" | "::"));
        table.row([destination(route), or_dash(next_hop), route.iface.clone(), route.metric.to_string()]);
    }
    table
}

fn destination(route: &NetworkRoute) -> String {
    let mask = route.mask.as_deref().and_then(|mask| mask.parse::<Ipv4Addr>().ok());
    let bits = mask.map(|mask| mask.to_bits().leading_ones().to_string()).or(route.desprefixlen.clone());
    match (bits, &*route.destination) {
        (Some(bits), "0.0.0.0" | "::") if bits == "0" => "default".to_owned(),
        (Some(bits), destination) => format!("{destination}/{bits}"),
        (None, destination) => destination.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Layout;
    use qga_wire::family::network::{IpAddress, IpAddressType};

    #[test]
    fn an_interface_has_a_row_for_each_address() {
        let address = |text: &str| IpAddress {
            ip_address_type: IpAddressType::Ipv4,
            ip_address: text.into(),
            prefix: 24,
        };
        let bare = NetworkInterface {
            name: "x\x1b".into(),
            hardware_address: None,
            ip_addresses: None,
            statistics: None,
        };
        let full = NetworkInterface {
            name: "eth0".into(),
            hardware_address: Some("52:54:00:12:34:56".into()),
            ip_addresses: Some(vec![address("10.0.2.15"), address("10.0.2.16")]),
            statistics: Some(NetworkInterfaceStat {
                rx_errs: u64::MAX,
                tx_errs: 1,
                ..NetworkInterfaceStat::default()
            }),
        };
        let text = interfaces_table(&[full, bare]).laid_out(None);
        let lines: Vec<_> =
            text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        let expected = [
            "eth0 10.0.2.15/24 52:54:00:12:34:56 0 B 0 B 18446744073709551615 0",
            "10.0.2.16/24",
            "x\\u{1b} - - - - - -",
        ];
        assert_eq!(lines[1..], expected);
    }

    #[test]
    fn a_route_is_told_as_people_write_it() {
        let route = |destination: &str, mask: Option<&str>, length: Option<&str>| NetworkRoute {
            flags: None,
            source: None,
            metric: 100,
            refcnt: None,
            window: None,
            version: 4,
            nexthop: None,
            iface: "eth0".into(),
            destination: destination.into(),
            desprefixlen: length.map(str::to_owned),
            irtt: None,
            gateway: Some("0.0.0.0".into()),
            srcprefixlen: None,
            r#use: None,
            mtu: None,
            mask: mask.map(str::to_owned),
        };
        assert_eq!(destination(&route("0.0.0.0", Some("0.0.0.0"), None)), "default");
        assert_eq!(destination(&route("10.0.2.0", Some("255.255.255.0"), None)), "10.0.2.0/24");
        assert_eq!(destination(&route("fe80::", None, Some("64"))), "fe80::/64");
        assert_eq!(destination(&route("x", Some("y"), None)), "x");
        let table = routes_table(&[route("::", None, Some("0"))]).laid_out(None);
        assert!(table.ends_with("\n  default      -          eth0          100\n"), "{table}");
    }
}
