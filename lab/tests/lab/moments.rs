//! What fails at any moment of a freeze or thaw: the guest writes again.

use crate::writers;
use anyhow::{Context, Result};
use qga_lab::{Guest, Refusal, layouts};
use qga_testkit::wait_until;
use serde_json::json;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How often something fails at a random moment.
const ROUNDS: u32 = 20;
/// The latest of these moments, counted from when the request is on its way.
const LATEST: Duration = Duration::from_millis(400);

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The filesystem that Debian lives on.
const ROOT: [&str; 1] = ["/root"];

#[test]
fn a_guest_writes_again_whenever_its_agent_is_killed() -> Result<()> {
    let mut guest = layouts::three_filesystems().start()?;
    let agent = Program { pid: "$(cat /run/agent.pid)", start: "/lab/start-agent" };
    println!("{}", kill_at_any_moment(&mut guest, &agent, &writers::PLACES)?);
    Ok(())
}

#[test]
fn a_system_writes_again_whenever_its_agent_is_killed() -> Result<()> {
    let mut guest = layouts::debian()?.start()?;
    println!("{}", kill_at_any_moment(&mut guest, &PACKAGED, &ROOT)?);
    Ok(())
}

#[test]
fn a_guest_writes_again_whenever_a_freeze_has_stood_too_long() -> Result<()> {
    let mut guest = layouts::three_filesystems().start()?;
    guest.restart_agent("--freeze-timeout=1")?;
    println!("{}", stop_until_the_deadline(&mut guest, "$(cat /run/agent.pid)", &writers::PLACES)?);
    Ok(())
}

#[test]
fn a_system_writes_again_whenever_a_freeze_has_stood_too_long() -> Result<()> {
    let mut guest = layouts::debian()?.start()?;
    guest.sh("mkdir -p /etc/qemu; printf '[freeze]\\nfreeze-timeout=1\\n' >/etc/qemu/qemu-ga.conf")?;
    guest.sh("systemctl restart qemu-guest-agent")?;
    guest.sync()?;
    println!("{}", stop_until_the_deadline(&mut guest, PACKAGED.pid, &ROOT)?);
    Ok(())
}

/// An agent as the guest's shell knows it.
struct Program {
    pid: &'static str,
    start: &'static str,
}

const PACKAGED: Program = Program {
    pid: "$(systemctl show -P MainPID qemu-guest-agent)",
    // Nothing that often in so short a time is started again by itself.
    start: "systemctl reset-failed qemu-guest-agent; systemctl start qemu-guest-agent",
};

/// Tells how long it took each time until all places were written to again.
fn kill_at_any_moment(guest: &mut Guest, agent: &Program, places: &[&str]) -> Result<String> {
    writers::start_in(guest, places)?;
    let (mut moments, mut told) = (Moments::new(), Vec::new());
    for round in 0..ROUNDS {
        let request = request(guest, round)?;
        let delay = moments.next().as_secs_f64();
        let pid = guest.sh(&format!("echo {}", agent.pid))?;
        let kill =
            format!("sleep {delay}; read -r now rest </proc/uptime; kill -9 {pid}; echo $now >/run/killed");
        guest.sh(&format!("rm -f /run/killed; ({kill}) >/dev/null 2>&1 &"))?;
        guest.tell(request, json!({}))?;
        guest.wait_for("[ -s /run/killed ] && echo killed", "killed")?;
        let killed = guest.sh("cat /run/killed")?;
        let resumed = writers::first_after(guest, places, &killed)
            .with_context(|| format!("{request}, killed after {delay} s in round {round}"))?;
        told.push(format!("{request}, killed after {delay:.3} s: written to again after {resumed:.2} s"));
        guest.wait_for(&format!("kill -0 {pid} 2>/dev/null || echo gone"), "gone")?;
        guest.sh(agent.start)?;
        guest.sync()?;
        assert_eq!(guest.call("guest-fsfreeze-status", json!({}))?, json!("thawed"));
    }
    Ok(told.join("\n"))
}

/// The agent stands still from a random moment on until the freeze has stood too long, and goes on where it was
/// when its guardian has thawed.
fn stop_until_the_deadline(guest: &mut Guest, pid: &str, places: &[&str]) -> Result<String> {
    writers::start_in(guest, places)?;
    let (mut moments, mut told) = (Moments::new(), Vec::new());
    for round in 0..ROUNDS {
        let request = request(guest, round)?;
        let delay = moments.next().as_secs_f64();
        let pid = guest.sh(&format!("echo {pid}"))?;
        let stop = format!("sleep {delay}; kill -STOP {pid}; sleep 1.2; kill -CONT {pid}");
        guest.sh(&format!("rm -f /run/went-on; ({stop}; echo >/run/went-on) >/dev/null 2>&1 &"))?;
        guest.tell(request, json!({}))?;
        guest.wait_for("[ -e /run/went-on ] && echo went on", "went on")?;
        // A freeze that came to its end, or was called off; both are right.
        if let Err(error) = guest.agent.answer(PATIENCE) {
            error.downcast::<Refusal>()?;
        }
        wait_until_thawed(guest)?;
        let now = guest.sh("cut -d' ' -f1 /proc/uptime")?;
        let resumed = writers::first_after(guest, places, &now)
            .with_context(|| format!("{request}, stopped after {delay} s in round {round}"))?;
        told.push(format!("{request}, stopped after {delay:.3} s: written to again after {resumed:.2} s"));
    }
    Ok(told.join("\n"))
}

/// A freeze, or a thaw of what is frozen: in turns.
fn request(guest: &mut Guest, round: u32) -> Result<&'static str> {
    if round % 2 == 0 {
        return Ok("guest-fsfreeze-freeze");
    }
    freeze(guest)?;
    Ok("guest-fsfreeze-thaw")
}

/// As soon as the freeze before it is quite over.
fn freeze(guest: &mut Guest) -> Result<()> {
    wait_until("a freeze", || match guest.call("guest-fsfreeze-freeze", json!({})) {
        Ok(_) => Ok(Some(())),
        Err(error) => error.downcast::<Refusal>().map(|_| None),
    })
}

fn wait_until_thawed(guest: &mut Guest) -> Result<()> {
    wait_until("the end of the freeze", || {
        Ok((guest.call("guest-fsfreeze-status", json!({}))? == json!("thawed")).then_some(()))
    })
}

/// Random moments, others in each run. What is printed tells which they were.
struct Moments(u64);

impl Moments {
    fn new() -> Moments {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Moments(u64::from(now.subsec_nanos()))
    }

    /// By the linear congruential generator of MMIX (Knuth).
    fn next(&mut self) -> Duration {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        LATEST.mul_f64(f64::from((self.0 >> 32) as u32) / f64::from(u32::MAX))
    }
}
