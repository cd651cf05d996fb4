//! The agent under test and the reference agent run side by side in one guest, and answer all questions alike.

mod comparison;

use anyhow::{Result, ensure};
use comparison::{Answers, Comparison, Volatile};
use qga_lab::{Guest, Refusal, channel::Channel, layouts};
use qga_testkit::{
    difference::{self, ValueDifference},
    program,
};
use qga_wire::{Declaration, Effect, list::COMMANDS};
use serde_json::{Value, json};
use std::{path::Path, time::Duration};

const PATIENCE: Duration = Duration::from_secs(60);

/// Begins the names of commands that only ours has.
const OUR_OWN: &str = "__org.qga_";

/// What changes between two questions.
const VOLATILE: &[Volatile] = &[
    Volatile { path: "guest-get-time", reason: "time passes" },
    Volatile { path: "guest-get-load/*", reason: "the kernel computes them anew every five seconds" },
    Volatile { path: "guest-get-cpustats/*/*", reason: "processors are busy or idle, and count it" },
    Volatile { path: "guest-get-diskstats/*/stats/*", reason: "what is written back later is counted" },
    Volatile { path: "guest-get-disks/*/smart/*", reason: "a drive counts what it does" },
    Volatile { path: "guest-get-fsinfo/*/used-bytes", reason: "filesystems write their journals" },
    Volatile { path: "guest-get-fsinfo/*/total-bytes", reason: "those of btrfs depend on what is used" },
    Volatile { path: "guest-network-get-interfaces/*/statistics/*", reason: "neighbours talk" },
    Volatile { path: "guest-network-get-route/*/refcnt", reason: "routes are in use for a while" },
    Volatile { path: "guest-network-get-route/*/use", reason: "packets are counted" },
];

#[test]
fn both_agents_answer_all_questions_alike() -> Result<()> {
    let mut guest = layouts::everything().boot()?;
    let mut reference = connect_to_reference(&guest)?;
    let differences = declared()?;
    let mut comparison = Comparison::new(VOLATILE, &differences);

    let mut complaints = ask_all(&mut guest, &mut reference, &mut comparison)?;
    change_hardware(&mut guest)?;
    complaints.extend(ask_all(&mut guest, &mut reference, &mut comparison)?);
    complaints.extend(comparison.unfounded());

    ensure!(complaints.is_empty(), "{}", complaints.join("\n"));
    Ok(())
}

#[test]
fn both_agents_answer_all_questions_alike_in_a_debian_system() -> Result<()> {
    let mut guest = layouts::debian()?.start()?;
    start_packaged_agent(&mut guest)?;
    let mut reference = connect_to_reference(&guest)?;
    let differences = declared()?;
    let mut comparison = Comparison::new(VOLATILE, &differences);

    let complaints = ask_all(&mut guest, &mut reference, &mut comparison)?;

    ensure!(complaints.is_empty(), "{}", complaints.join("\n"));
    Ok(())
}

fn connect_to_reference(guest: &Guest) -> Result<Channel> {
    let mut reference = Channel::connect(&guest.socket("reference"))?;
    reference.sync(PATIENCE)?;
    Ok(reference)
}

/// Where ours is to answer otherwise.
fn declared() -> Result<Vec<ValueDifference>> {
    if program::reference_is_under_test() {
        return Ok(Vec::new());
    }
    difference::read_values(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/differences.toml"))
}

/// Plugs a port for the agent that came with the system, and starts that one.
fn start_packaged_agent(guest: &mut Guest) -> Result<()> {
    let address = json!({ "type": "unix", "data": { "path": "reference.sock" } });
    let backend = json!({ "type": "socket", "data": { "addr": address, "server": true, "wait": false } });
    guest.qmp("chardev-add", json!({ "id": "reference", "backend": backend }))?;
    let port =
        json!({ "driver": "virtserialport", "bus": "serial.0", "chardev": "reference", "name": "reference" });
    guest.qmp("device_add", port)?;
    let path = "/dev/virtio-ports/reference";
    guest.wait_for(&format!("ls {path}"), path)?;
    guest.sh(&format!(
        "mkdir /run/reference; setsid packaged-agent -p {path} -t /run/reference </dev/null >/dev/null 2>&1 &"
    ))?;
    Ok(())
}

/// Asks both agents all questions, and tells what differs. What differs once may have come and gone, such as a
/// packet under way; what differs three times has not.
fn ask_all(guest: &mut Guest, reference: &mut Channel, comparison: &mut Comparison) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for question in COMMANDS.iter().filter(|command| is_question(command)) {
        let mut complaints = ask_both(question.name, guest, reference, comparison)?;
        for _ in 0..2 {
            if !complaints.is_empty() {
                complaints = ask_both(question.name, guest, reference, comparison)?;
            }
        }
        all.extend(complaints);
    }
    Ok(all)
}

/// Asks the reference before and after ours: what grows must lie between.
fn ask_both(
    question: &str,
    guest: &mut Guest,
    reference: &mut Channel,
    comparison: &mut Comparison,
) -> Result<Vec<String>> {
    let before = ask(reference, question)?;
    let ours = without_our_own(ask(&mut guest.agent, question)?);
    let after = ask(reference, question)?;
    Ok(comparison.compare(question, Answers { before: &before, ours: &ours, after: &after }))
}

/// Whether the command changes nothing, and can be asked without arguments.
fn is_question(command: &Declaration) -> bool {
    matches!(command.effect, Effect::Basic | Effect::Read)
        && command.arguments.members.iter().all(|member| member.optional)
        && !command.name.starts_with(OUR_OWN)
}

/// The value returned, or the refusal.
fn ask(channel: &mut Channel, command: &str) -> Result<Value> {
    match channel.call(command, json!({}), PATIENCE) {
        Ok(value) => Ok(value),
        Err(error) => {
            let refusal: Refusal = error.downcast()?;
            Ok(json!({ "class": refusal.class, "desc": refusal.description }))
        }
    }
}

fn without_our_own(mut answer: Value) -> Value {
    if let Some(commands) = answer.get_mut("supported_commands").and_then(Value::as_array_mut) {
        commands.retain(|command| !command["name"].as_str().is_some_and(|name| name.starts_with(OUR_OWN)));
    }
    answer
}

/// Plugs memory that stays offline, takes a processor offline, and empties the drive.
fn change_hardware(guest: &mut Guest) -> Result<()> {
    let size = 256 << 20;
    guest.qmp("object-add", json!({ "qom-type": "memory-backend-ram", "id": "m1", "size": size }))?;
    guest.qmp("device_add", json!({ "driver": "pc-dimm", "id": "d1", "memdev": "m1" }))?;
    guest.wait_for("ls -d /sys/devices/system/memory/memory33", "/sys/devices/system/memory/memory33")?;
    guest.sh("echo 0 >/sys/devices/system/cpu/cpu1/online; umount /mnt/xfs; hostname other")?;
    guest.sh("ip link set eth1.10 down; rm /run/utmp /etc/os-release")?;
    Ok(())
}
