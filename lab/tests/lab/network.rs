//! Interfaces as the guest's own tools tell them.

use anyhow::{Context, Result};
use qga_lab::{Guest, layouts};
use serde_json::{Value, json};

#[test]
fn addresses_are_told_with_their_prefix_and_hardware_address() -> Result<()> {
    let mut guest = layouts::networked().start()?;
    let eth1 = interface(&mut guest, "eth1")?;
    assert_eq!(eth1["hardware-address"], "52:54:00:00:00:02");
    let expected = json!([
        { "ip-address-type": "ipv4", "ip-address": "192.0.2.7", "prefix": 28 },
        { "ip-address-type": "ipv6", "ip-address": "2001:db8::7", "prefix": 64 },
        { "ip-address-type": "ipv6", "ip-address": "fe80::5054:ff:fe00:2", "prefix": 64 },
    ]);
    assert_eq!(eth1["ip-addresses"], expected);
    let vlan = interface(&mut guest, "eth1.10")?;
    assert_eq!(vlan["ip-addresses"][0]["prefix"], 25);
    Ok(())
}

#[test]
fn every_interface_of_the_kernel_is_told() -> Result<()> {
    let mut guest = layouts::networked().start()?;
    for name in guest.sh("ls -1 /sys/class/net")?.lines() {
        interface(&mut guest, name)?;
    }
    Ok(())
}

#[test]
fn an_interface_without_an_address_has_neither_addresses_nor_counters() -> Result<()> {
    let mut guest = layouts::networked().start()?;
    let expected = json!({ "name": "dummy0", "hardware-address": "52:54:00:00:00:03" });
    assert_eq!(interface(&mut guest, "dummy0")?, expected);
    Ok(())
}

#[test]
fn a_labelled_address_is_an_interface_of_its_own() -> Result<()> {
    let mut guest = layouts::networked().start()?;
    let labelled = interface(&mut guest, "eth0:more")?;
    let expected = json!([{ "ip-address-type": "ipv4", "ip-address": "10.0.2.16", "prefix": 24 }]);
    assert_eq!(labelled["ip-addresses"], expected);
    let plain = interface(&mut guest, "eth0")?;
    assert_eq!(plain["ip-addresses"][0]["ip-address"], "10.0.2.15");
    Ok(())
}

#[test]
fn counters_are_those_of_the_kernel() -> Result<()> {
    let mut guest = layouts::networked().start()?;
    let before = interface(&mut guest, "lo")?["statistics"]["rx-packets"].as_u64().context("no counter")?;
    guest.sh("ping -c 3 -i 0.1 127.0.0.1")?;
    let statistics = interface(&mut guest, "lo")?["statistics"].clone();
    let counters = guest.sh("grep lo: /proc/net/dev | cut -d: -f2")?;
    let counters: Vec<u64> = counters.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    let names = [
        "rx-bytes",
        "rx-packets",
        "rx-errs",
        "rx-dropped",
        "tx-bytes",
        "tx-packets",
        "tx-errs",
        "tx-dropped",
    ];
    // The kernel's line has eight numbers for what was received, then eight for what was sent.
    for (name, column) in names.into_iter().zip([0, 1, 2, 3, 8, 9, 10, 11]) {
        assert_eq!(statistics[name], counters[column], "{name}");
    }
    // Three requests and three replies.
    assert!(statistics["rx-packets"].as_u64() >= Some(before + 6));
    Ok(())
}

#[test]
fn routes_of_both_kinds_are_told_as_they_were_set() -> Result<()> {
    let mut guest = layouts::networked().start()?;
    let routes = guest.call("guest-network-get-route", json!({}))?;
    let routes = routes.as_array().context("no list")?;
    let set = [
        json!({ "destination": "0.0.0.0", "mask": "0.0.0.0", "gateway": "10.0.2.2", "iface": "eth0" }),
        json!({ "destination": "203.0.113.0", "mask": "255.255.255.0", "gateway": "10.0.2.2", "metric": 50 }),
        json!({ "destination": "198.51.100.0", "mask": "255.255.255.128", "iface": "eth1.10" }),
        json!({ "destination": "2001:db8:1::", "desprefixlen": "48", "nexthop": "2001:db8::1", "metric": 5 }),
        json!({ "destination": "2001:db8::7", "desprefixlen": "128", "iface": "eth1", "version": 6 }),
    ];
    for expected in &set {
        assert!(routes.iter().any(|route| has(route, expected)), "no {expected} in {routes:?}");
    }
    let lines = guest.sh("cat /proc/net/route /proc/net/ipv6_route | wc -l")?;
    assert_eq!(routes.len() + 1, lines.parse::<usize>()?, "a line is the header");
    Ok(())
}

/// Whether the route has all members of the other.
fn has(route: &Value, members: &Value) -> bool {
    members.as_object().into_iter().flatten().all(|(name, value)| route.get(name) == Some(value))
}

/// What the agent tells of one interface.
fn interface(guest: &mut Guest, name: &str) -> Result<Value> {
    let all = guest.call("guest-network-get-interfaces", json!({}))?;
    let mut all = all.as_array().context("no list")?.iter();
    all.find(|interface| interface["name"] == name).cloned().with_context(|| format!("no interface {name}"))
}
