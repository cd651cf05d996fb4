//! A real libvirt with the agent under test: all that virsh asks an agent for, and what `qga` makes of virsh. One
//! guest for all of it, as its boot takes longer than the rest; so the steps have an order, and each leaves
//! what the next finds.

mod changes;
mod client;
mod power;
mod questions;

use anyhow::{Context, Result};
use qga_lab::{domain::Domain, layouts};
use qga_testkit::program::reference_is_under_test;

/// What a step proves, and the step.
type Step = (&'static str, fn(&mut Domain) -> Result<()>);

const STEPS: &[Step] = &[
    ("a guest tells libvirt about itself", questions::guestinfo),
    ("filesystems are those of the domain's disks", questions::domfsinfo),
    ("interfaces have their addresses", questions::domifaddr),
    ("the host name is the guest's own", questions::domhostname),
    ("any command can be handed on", questions::qemu_agent_command),
    ("an agent that is late confuses nobody", questions::late_answers),
    ("processors are taken from the guest and given back", changes::processors),
    ("the clock is set from the host and from the hardware", changes::domtime),
    ("passwords are set as they are", changes::set_user_password),
    ("keys are added, removed and replaced", changes::user_sshkeys),
    ("filesystems are frozen, all or some, and thawed", changes::domfsfreeze),
    ("filesystems are trimmed", changes::domfstrim),
    ("a quiesced snapshot is taken between freeze and thaw", changes::snapshot),
    ("a guest suspended to memory wakes up", power::suspend_to_memory),
    ("a guest is rebooted through its agent", power::reboot),
    ("a guest suspended to disk goes on", power::suspend_to_disk),
    ("a guest is shut down through its agent", power::shutdown),
];

/// What `qga` does through virsh; the reference agent has no part in it.
const STEPS_OF_OURS: &[Step] = &[
    ("qga asks, runs programs and copies files", client::works),
    ("qga says why it cannot reach a guest", client::explains),
];

#[test]
fn libvirt_gets_all_that_it_asks_for() -> Result<()> {
    let mut domain = Domain::start(&layouts::domain())?;
    let ours = if reference_is_under_test() { &[] } else { STEPS_OF_OURS };
    for (proves, step) in ours.iter().chain(STEPS) {
        step(&mut domain).with_context(|| format!("{proves}; libvirtd: {}", domain.libvirt.log()))?;
    }
    Ok(())
}

/// The lines of a table, blanks and rulers left out, each gap one blank.
fn rows(table: &str) -> Vec<String> {
    let rows = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    rows.filter(|row| !row.is_empty() && !row.starts_with("---")).collect()
}
