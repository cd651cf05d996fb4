//! Processors that come and go.

use anyhow::{Context, Result};
use qga_lab::{Guest, layouts};
use qga_testkit::wait_until;
use serde_json::{Value, json};

#[test]
fn a_processor_goes_and_comes_back() -> Result<()> {
    let mut guest = layouts::two_cpus().start()?;
    assert_eq!(processors(&mut guest)?, "2");
    assert_eq!(set(&mut guest, 1, false)?, json!(1));
    assert_eq!(processors(&mut guest)?, "1");
    assert_eq!(told(&mut guest, 1)?, json!({ "logical-id": 1, "online": false, "can-offline": true }));
    assert_eq!(set(&mut guest, 1, true)?, json!(1));
    assert_eq!(processors(&mut guest)?, "2");
    assert_eq!(told(&mut guest, 1)?, json!({ "logical-id": 1, "online": true, "can-offline": true }));
    Ok(())
}

#[test]
fn the_first_processor_stays() -> Result<()> {
    let mut guest = layouts::two_cpus().start()?;
    assert_eq!(told(&mut guest, 0)?, json!({ "logical-id": 0, "online": true, "can-offline": false }));
    let arguments = json!({ "vcpus": [{ "logical-id": 0, "online": false }] });
    let refusal = guest.refusal("guest-set-vcpus", arguments)?;
    assert_eq!(refusal.description, "logical processor #0 can't be offlined");
    assert_eq!(processors(&mut guest)?, "2");
    Ok(())
}

#[test]
fn a_processor_plugged_in_by_the_host_can_be_brought_up() -> Result<()> {
    let mut guest = layouts::two_cpus().start()?;
    let slots = guest.qmp("query-hotpluggable-cpus", json!({}))?;
    let mut slots = slots.as_array().context("no list")?.iter();
    let free = slots.find(|slot| slot.get("qom-path").is_none()).context("no free slot")?;
    let mut device = free["props"].clone();
    device["driver"] = free["type"].clone();
    device["id"] = json!("third");
    guest.qmp("device_add", device)?;
    guest.wait_for("ls -d /sys/devices/system/cpu/cpu2", "/sys/devices/system/cpu/cpu2")?;
    assert_eq!(told(&mut guest, 2)?["online"], false);
    // Some kernels refuse what QEMU's older firmware tells of the new processor.
    let by_hand = guest.try_sh("cd /sys/devices/system/cpu/cpu2; echo 1 >online && echo 0 >online")?;
    if by_hand.status != 0 {
        guest.refusal("guest-set-vcpus", json!({ "vcpus": [{ "logical-id": 2, "online": true }] }))?;
        return Ok(());
    }
    assert_eq!(set(&mut guest, 2, true)?, json!(1));
    assert_eq!(processors(&mut guest)?, "3");
    Ok(())
}

#[test]
fn each_processor_in_use_tells_what_it_spent_its_time_with() -> Result<()> {
    let mut guest = layouts::two_cpus().start()?;
    let before = idle(&mut guest)?;
    let told = guest.call("guest-get-cpustats", json!({}))?;
    let after = idle(&mut guest)?;
    let told = told.as_array().context("no list")?;
    assert_eq!(told.iter().map(|one| &one["cpu"]).collect::<Vec<_>>(), [0, 1]);
    for (one, (before, after)) in told.iter().zip(before.into_iter().zip(after)) {
        let idle = one["idle"].as_u64().context("no time")?;
        assert!((before..=after).contains(&idle), "{idle} is not from {before} to {after}");
    }
    set(&mut guest, 1, false)?;
    assert_eq!(guest.call("guest-get-cpustats", json!({}))?.as_array().map(Vec::len), Some(1));
    Ok(())
}

#[test]
fn the_load_is_that_of_the_kernel() -> Result<()> {
    let mut guest = layouts::two_cpus().start()?;
    guest.sh("i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done")?;
    let read = |guest: &mut Guest| guest.sh("cut -d' ' -f1 /proc/loadavg");
    // It changes every five seconds; the kernel prints two digits of it.
    wait_until("the same load from both", || {
        let before = read(&mut guest)?;
        let load = guest.call("guest-get-load", json!({}))?["load1m"].as_f64().context("no load")?;
        let told = format!("{load:.2}");
        Ok((told == before && told == read(&mut guest)?).then_some(()))
    })
}

/// For each processor, how long it had nothing to do, in milliseconds: proc(5).
fn idle(guest: &mut Guest) -> Result<Vec<u64>> {
    let ticks = guest.sh("awk '/^cpu[0-9]/ { print $5 }' /proc/stat")?;
    ticks.lines().map(|ticks| Ok(ticks.parse::<u64>()? * 10)).collect()
}

/// As the kernel tells it.
fn processors(guest: &mut Guest) -> Result<String> {
    guest.sh("grep -c ^processor /proc/cpuinfo")
}

fn set(guest: &mut Guest, number: u32, online: bool) -> Result<Value> {
    guest.call("guest-set-vcpus", json!({ "vcpus": [{ "logical-id": number, "online": online }] }))
}

/// What the agent tells of one processor.
fn told(guest: &mut Guest, number: u32) -> Result<Value> {
    let all = guest.call("guest-get-vcpus", json!({}))?;
    let mut all = all.as_array().context("no list")?.iter();
    all.find(|cpu| cpu["logical-id"] == number).cloned().with_context(|| format!("no processor {number}"))
}
