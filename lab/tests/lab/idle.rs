//! What an agent costs that has nothing to do.

use anyhow::Result;
use qga_lab::{Guest, layouts};
use qga_testkit::program::reference_is_under_test;

/// In seconds.
const WATCHED: u64 = 60;

#[test]
fn an_idle_agent_is_never_woken_whether_a_host_is_there_or_not() -> Result<()> {
    let mut guest = layouts::other_channels().start()?;
    // The first agent has a host on its port; the second has a port that nobody on the host has opened.
    guest.sh("mkdir /run/alone; cp /run/agent.pid /run/attended.pid")?;
    guest.sh("/lab/start-agent -t /run/alone -p /dev/virtio-ports/relay")?;
    guest.wait_for("ls -l /proc/$(cat /run/agent.pid)/fd | grep -c vport", "1")?;
    let before = (switches_at_rest(&mut guest, "attended")?, switches_at_rest(&mut guest, "agent")?);
    guest.sh_for(&format!("sleep {WATCHED}"), WATCHED + 30)?;
    let after = (switches(&mut guest, "attended")?, switches(&mut guest, "agent")?);
    assert_eq!(after.0, before.0, "woken though the host was silent");
    if reference_is_under_test() {
        assert!(after.1 > before.1 + 5 * WATCHED, "the reference polls ten times a second");
    } else {
        assert_eq!(after.1, before.1, "woken though no host was there");
    }
    Ok(())
}

/// The same, once the process has come to rest; the reference never does.
fn switches_at_rest(guest: &mut Guest, pid_file: &str) -> Result<u64> {
    let mut before = switches(guest, pid_file)?;
    for _ in 0..10 {
        guest.sh("sleep 1")?;
        let now = switches(guest, pid_file)?;
        if now == before {
            break;
        }
        before = now;
    }
    Ok(before)
}

/// How often the kernel let a thread of the process run, over all threads.
fn switches(guest: &mut Guest, pid_file: &str) -> Result<u64> {
    let counts =
        guest.sh(&format!("cat /proc/$(cat /run/{pid_file}.pid)/task/*/status | grep ctxt_switches"))?;
    let numbers = counts.lines().filter_map(|line| line.rsplit('\t').next());
    Ok(numbers.map(str::parse::<u64>).sum::<Result<u64, _>>()?)
}
