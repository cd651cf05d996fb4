//! The agent under test and the reference agent run side by side in one guest, and answer all questions alike.

mod comparison;

use anyhow::{Result, ensure};
use comparison::{Answers, Comparison, Volatile};
use qga_lab::{Guest, Refusal, channel::Channel, layouts};
use qga_testkit::{difference, program};
use qga_wire::{Declaration, Effect, list::COMMANDS};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

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
    let mut reference = Channel::connect(&guest.socket("reference"))?;
    reference.sync(PATIENCE)?;
    let differences = difference::read_values(&file("differences.toml"))?;
    let differences = if program::reference_is_under_test() { Vec::new() } else { differences };
    let mut comparison = Comparison::new(VOLATILE, &differences);

    ask_all(&mut guest, &mut reference, &mut comparison)?;
    change_hardware(&mut guest)?;
    ask_all(&mut guest, &mut reference, &mut comparison)?;

    let complaints = comparison.complaints();
    ensure!(complaints.is_empty(), "{}", complaints.join("\n"));
    Ok(())
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests").join(name)
}

/// Asks the reference before and after ours: what grows must lie between.
fn ask_all(guest: &mut Guest, reference: &mut Channel, comparison: &mut Comparison) -> Result<()> {
    for question in COMMANDS.iter().filter(|command| is_question(command)) {
        let before = ask(reference, question.name)?;
        let ours = without_our_own(ask(&mut guest.agent, question.name)?);
        let after = ask(reference, question.name)?;
        comparison.compare(question.name, Answers { before: &before, ours: &ours, after: &after });
    }
    Ok(())
}

/// Whether the command changes nothing, and can be asked without arguments.
fn is_question(command: &Declaration) -> bool {
    command.effect == Effect::Read
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
