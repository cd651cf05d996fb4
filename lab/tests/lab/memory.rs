//! Memory that comes and goes.

use anyhow::{Context, Result};
use qga_lab::{Guest, layouts};
use serde_json::{Value, json};

/// What the tests plug in: two blocks, from 4 GiB on.
const PLUGGED: [u64; 2] = [32, 33];
/// In bytes.
const BLOCK: u64 = 128 << 20;

#[test]
fn memory_that_the_host_plugs_in_is_brought_up_and_taken_out_again() -> Result<()> {
    let mut guest = guest_with_plugged_memory()?;
    assert_eq!(guest.call("guest-get-memory-block-info", json!({}))?, json!({ "size": BLOCK }));
    let before = total(&mut guest)?;
    for (online, blocks) in [(true, 2), (false, 0)] {
        let responses = PLUGGED.map(|number| json!({ "phys-index": number, "response": "success" }));
        assert_eq!(set(&mut guest, &PLUGGED, online)?, json!(responses));
        // Some kernels keep their books of a block in the block.
        let grown = total(&mut guest)?.saturating_sub(before);
        assert!(grown <= blocks * BLOCK && grown >= blocks * BLOCK / 8 * 7, "{grown} for {blocks} blocks");
        for number in PLUGGED {
            let expected = json!({ "phys-index": number, "online": online, "can-offline": true });
            assert_eq!(told(&mut guest, number)?, expected);
        }
    }
    Ok(())
}

#[test]
fn each_block_gets_an_answer_of_its_own() -> Result<()> {
    let mut guest = guest_with_plugged_memory()?;
    let expected = json!([
        { "phys-index": 0, "response": "operation-failed", "error-code": 22 },
        { "phys-index": 4000, "response": "not-found", "error-code": 2 },
        { "phys-index": 32, "response": "success" },
    ]);
    assert_eq!(set(&mut guest, &[0, 4000, 32], false)?, expected);
    assert_eq!(told(&mut guest, 0)?["online"], true);
    Ok(())
}

/// A guest with the new blocks, which are not in use.
fn guest_with_plugged_memory() -> Result<Guest> {
    let mut guest = layouts::pluggable_memory().start()?;
    let backend = json!({ "qom-type": "memory-backend-ram", "id": "more", "size": 2 * BLOCK });
    guest.qmp("object-add", backend)?;
    guest.qmp("device_add", json!({ "driver": "pc-dimm", "id": "plugged", "memdev": "more" }))?;
    for number in PLUGGED {
        let state = format!("/sys/devices/system/memory/memory{number}/state");
        // Newer kernels bring it up by themselves.
        guest.wait_for(&format!("(echo offline >{state}) 2>/dev/null; cat {state}"), "offline")?;
    }
    Ok(guest)
}

fn set(guest: &mut Guest, numbers: &[u64], online: bool) -> Result<Value> {
    let block = |number: &u64| json!({ "phys-index": number, "online": online });
    let blocks: Vec<Value> = numbers.iter().map(block).collect();
    guest.call("guest-set-memory-blocks", json!({ "mem-blks": blocks }))
}

/// What the agent tells of one block.
fn told(guest: &mut Guest, number: u64) -> Result<Value> {
    let all = guest.call("guest-get-memory-blocks", json!({}))?;
    let mut all = all.as_array().context("no list")?.iter();
    all.find(|block| block["phys-index"] == number).cloned().with_context(|| format!("no block {number}"))
}

/// The kernel's memory in bytes.
fn total(guest: &mut Guest) -> Result<u64> {
    Ok(guest.sh("awk '/MemTotal/ { print $2 }' /proc/meminfo")?.parse::<u64>()? << 10)
}
