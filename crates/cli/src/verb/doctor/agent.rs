//! What can be learned from an agent, or from its silence.

use super::{Finding, State};
use crate::failure;
use crate::overview::clock;
use qga_client::{Client, Error};
use qga_wire::family::freeze::{FreezeStatus, FsfreezeStatus};
use qga_wire::family::sync::Ping;
use qga_wire::family::system::{AgentInfo, GetOsinfo, Info};
use qga_wire::family::time::GetTime;
use std::time::{Duration, Instant};

/// A clock that is off by more confuses what compares times: certificates, builds, clusters.
const TOLERABLE: Duration = Duration::from_secs(2);

/// Asks one question after the other. Only an agent that is gone ends it.
pub(super) fn examine(mut client: Client, findings: &mut Vec<Finding>) -> Result<(), Error> {
    let start = Instant::now();
    client.call(&Ping {})?;
    let milliseconds = start.elapsed().as_secs_f64() * 1000.0;
    findings.push(Finding::good("Agent", format!("it answers in {milliseconds:.2} ms")));
    let info = client.call(&Info {});
    let blocked = info.as_ref().ok().map(blocked);
    findings.push(told(info, "Version", |info| {
        Finding::good("Version", format!("{}, {} commands", info.version, info.supported_commands.len()))
    })?);
    let frozen = client.call(&FsfreezeStatus {});
    let is_frozen = matches!(frozen, Ok(FreezeStatus::Frozen));
    findings.push(told(frozen, "Frozen", stillness)?);
    if !is_frozen {
        findings.extend(blocked);
        let system = client.call(&GetOsinfo {});
        findings.push(told(system, "System", |info| {
            Finding::good(
                "System",
                info.pretty_name.or(info.name).unwrap_or_else(|| "it does not say which".to_owned()),
            )
        })?);
        findings.push(clock(&mut client)?);
    }
    Ok(())
}

/// What an agent refuses to tell is odd, and no end.
fn told<T>(
    answer: Result<T, Error>,
    step: &'static str,
    finding: impl FnOnce(T) -> Finding,
) -> Result<Finding, Error> {
    match answer {
        Err(Error::Agent { desc, .. }) => {
            Ok(Finding::odd(step, desc, "the agent's options or configuration may block it"))
        }
        answer => answer.map(finding),
    }
}

fn stillness(status: FreezeStatus) -> Finding {
    match status {
        FreezeStatus::Thawed => Finding::good("Frozen", "no"),
        FreezeStatus::Frozen => Finding::bad(
            "Frozen",
            "yes: programs in the guest cannot write, and the agent does little else",
            "if no backup is under way that did it: qga thaw",
        ),
    }
}

fn blocked(info: &AgentInfo) -> Finding {
    let names = info.supported_commands.iter().filter(|command| !command.enabled);
    let names: Vec<_> = names.map(|command| command.name.as_str()).collect();
    if names.is_empty() {
        return Finding::good("Blocked", "no command");
    }
    let remedy =
        "in the guest, look at the agent's options --block-rpcs and --allow-rpcs and its configuration";
    Finding::odd("Blocked", names.join(", "), remedy)
}

fn clock(client: &mut Client) -> Result<Finding, Error> {
    let before = clock::now();
    let time = client.call(&GetTime {});
    let answered = clock::between(before, clock::now());
    told(time, "Clock", |nanoseconds| {
        let line = clock::line(nanoseconds, answered);
        match clock::apart(nanoseconds, answered) {
            Some(apart) if apart <= TOLERABLE => Finding::good("Clock", line),
            _ => Finding::odd(
                "Clock",
                line,
                "qga time --set now sets it; in the guest, is a time service running?",
            ),
        }
    })
}

/// Why there is no agent to ask.
pub(super) fn not_reached(error: &anyhow::Error, earlier: &[Finding]) -> Finding {
    let text = format!("{error:#}");
    let is_taken = earlier.iter().any(|finding| finding.state == State::Odd);
    let remedy = match failure::of_client(error) {
        Some(Error::TimedOut { .. }) if is_taken => "the channel is taken: end the other one first",
        Some(Error::TimedOut { .. }) => {
            "in the guest: is the agent installed and running (systemctl status qemu-guest-agent), and is its port there \
             (/dev/virtio-ports)? On this host: is the guest running, and not paused?"
        }
        Some(Error::Protocol { .. }) => "what is there is no guest agent: is this the right channel?",
        Some(error) => failure::advice_on(error).unwrap_or("is the guest running?"),
        None => "is the guest running?",
    };
    Finding::bad("Agent", text, remedy)
}
