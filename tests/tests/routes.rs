//! Routes by the thousands, in a network of the test's own.

use anyhow::{Context, Result, ensure};
use nix::sched::{CloneFlags, unshare};
use qga_testkit::program;
use qga_tests::{agent_and_client, request};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::thread;

/// More than are read from the kernel's file, which takes time with their square.
const MANY: u32 = 4200;
/// What the kernel's file shows where a table has no route.
const NO_ROUTE: &str = " 4294967295 00200200";

#[test]
fn thousands_of_routes_are_those_of_the_kernels_file_but_for_what_only_it_has() -> Result<()> {
    thread::spawn(many).join().unwrap()
}

fn many() -> Result<()> {
    unshare(CloneFlags::CLONE_NEWNET).context("a network of one's own takes root's rights")?;
    add_routes()?;
    let (_agent, mut client) = agent_and_client()?;
    let answer: Value = serde_json::from_str(&client.ask(&request("guest-network-get-route"))?)?;
    let routes = answer.get("return").and_then(Value::as_array).context("no list")?;
    let of_ipv6 = routes.iter().filter(|route| route.get("version") == Some(&6.into()));
    let is_route = |route: &String| !route.ends_with(NO_ROUTE);
    let told: BTreeSet<_> = of_ipv6.clone().map(shown).filter(is_route).collect();
    let file = std::fs::read_to_string("/proc/thread-self/net/ipv6_route")?;
    let expected: BTreeSet<_> = file.lines().map(of_file).filter(is_route).collect();
    ensure!(expected.len() > usize::try_from(MANY)?, "{} routes were made", expected.len());
    let differing: Vec<_> = told.symmetric_difference(&expected).collect();
    ensure!(differing.is_empty(), "in one of the two only: {differing:?}");
    let has_counts = of_ipv6.clone().any(|route| route.get("refcnt").is_some());
    let has_empty = of_ipv6.map(shown).any(|route| !is_route(&route));
    assert_eq!([has_counts, has_empty], [program::reference_is_under_test(); 2]);
    Ok(())
}

fn add_routes() -> Result<()> {
    let mut lines = "link set lo up\nlink add veth0 type veth peer name veth1\n".to_owned();
    lines += "link set veth0 up\nlink set veth1 up\naddr add 2001:db8::1/64 dev veth0 nodad\n";
    lines +=
        "route add unreachable 2001:db8:ffff::/48\nroute add 2001:db8:fffe::/48 via 2001:db8::2 metric 7\n";
    for number in 0..MANY {
        writeln!(lines, "route add 2001:db8:1:{number:x}::/64 dev veth0")?;
    }
    let mut ip = Command::new("ip").args(["-6", "-batch", "-"]).stdin(Stdio::piped()).spawn()?;
    ip.stdin.take().context("no pipe")?.write_all(lines.as_bytes())?;
    ensure!(ip.wait()?.success(), "routes could not be added");
    Ok(())
}

/// Interface, destination, next hop, metric and flags.
fn shown(route: &Value) -> String {
    let text = |name| route.get(name).and_then(Value::as_str).unwrap_or_default();
    // Both are numbers of 32 bits, of which the reference tells some as if they had a sign.
    let number = |name| route.get(name).map_or(0, |number| number.as_u64().unwrap_or(u64::MAX) & 0xffff_ffff);
    let (destination, hop) = (text("destination"), text("nexthop"));
    let (metric, flags) = (number("metric"), number("flags"));
    format!("{} {destination}/{} {hop} {metric} {flags:08x}", text("iface"), text("desprefixlen"))
}

/// The same of a line of the kernel's file.
fn of_file(line: &str) -> String {
    let columns: Vec<_> = line.split_ascii_whitespace().collect();
    let [destination, prefix, _, _, hop, metric, _, _, flags, iface] = columns[..] else {
        return line.to_owned();
    };
    let number = |digits| u128::from_str_radix(digits, 16).unwrap_or_default();
    let address = |digits| std::net::Ipv6Addr::from(number(digits));
    let (destination, prefix) = (address(destination), number(prefix));
    format!("{iface} {destination}/{prefix} {} {} {flags}", address(hop), number(metric))
}
