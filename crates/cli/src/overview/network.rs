//! The guest's interfaces, a line each.

use crate::layout::side_by_side;
use crate::terminal::Escaped;
use indicatif::BinaryBytes;
use qga_wire::family::network::NetworkInterface;

pub(crate) fn lines(interfaces: &[NetworkInterface]) -> Vec<String> {
    let line = |interface: &NetworkInterface| (Escaped(&interface.name).to_string(), told(interface));
    side_by_side(interfaces.iter().map(line))
}

fn told(interface: &NetworkInterface) -> String {
    let hardware = Escaped(interface.hardware_address.as_deref().unwrap_or_default());
    let traffic = interface.statistics.as_ref().map(|counters| {
        let (received, sent) = (BinaryBytes(counters.rx_bytes), BinaryBytes(counters.tx_bytes));
        format!("{:>10} in {:>10} out", received.to_string(), sent.to_string())
    });
    let addresses: Vec<_> = interface
        .ip_addresses
        .iter()
        .flatten()
        .map(|address| format!("{}/{}", Escaped(&address.ip_address), address.prefix))
        .collect();
    let addresses = if addresses.is_empty() { "no address".to_owned() } else { addresses.join(", ") };
    format!("{hardware:17}  {:28}  {addresses}", traffic.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use qga_wire::family::network::{IpAddress, IpAddressType, NetworkInterfaceStat};

    #[test]
    fn an_interface_is_a_line_with_what_is_known_of_it() {
        let address = |text: &str, prefix| IpAddress {
            ip_address_type: IpAddressType::Ipv4,
            ip_address: text.into(),
            prefix,
        };
        let counters =
            NetworkInterfaceStat { rx_bytes: 2048, tx_bytes: 3, ..NetworkInterfaceStat::default() };
        let interfaces = [
            NetworkInterface {
                name: "eth0".into(),
                hardware_address: Some("52:54:00:12:34:56".into()),
                ip_addresses: Some(vec![address("10.0.2.15", 24), address("\x1b[m", 8)]),
                statistics: Some(counters),
            },
            NetworkInterface {
                name: "x\n".into(),
                hardware_address: None,
                ip_addresses: None,
                statistics: None,
            },
        ];
        let expected = [
            "eth0  52:54:00:12:34:56    2.00 KiB in        3 B out  10.0.2.15/24, \\u{1b}[m/8".to_owned(),
            format!("x\\n   {:49}no address", ""),
        ];
        assert_eq!(lines(&interfaces), expected);
    }
}
