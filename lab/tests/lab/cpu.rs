//! Processors that come and go.

use anyhow::{Context, Result};
use qga_lab::{Guest, layouts};
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
