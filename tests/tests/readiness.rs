//! What a service manager is told. The reference agent tells nothing.

use std::{
    fs::{Permissions, set_permissions},
    os::unix::{fs::PermissionsExt, net::UnixDatagram},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use nix::sys::signal::Signal;
use qga_testkit::{Agent, Scratch, Start, patience};
use qga_tests::improvement;

/// An agent that tells a service manager of itself.
struct Service {
    agent: Agent,
    manager: UnixDatagram,
}

impl Service {
    fn start(start: Start) -> Result<Service> {
        let scratch = Scratch::new()?;
        let path = scratch.files().join("notify");
        let manager = UnixDatagram::bind(&path)?;
        set_permissions(&path, Permissions::from_mode(0o777))?;
        manager.set_read_timeout(Some(patience()))?;
        let agent = start.variable("NOTIFY_SOCKET", "@SCRATCH@/f/notify").start_in(scratch)?;
        Ok(Service { agent, manager })
    }

    /// What the manager is told next, its lines in order.
    fn hears(&self) -> Result<Vec<String>> {
        let mut message = [0; 1024];
        let count = self.manager.recv(&mut message).context("the manager is told nothing")?;
        let text = String::from_utf8_lossy(message.get(..count).unwrap_or_default()).into_owned();
        Ok(text.lines().map(str::to_owned).collect())
    }
}

#[test]
fn a_manager_is_told_of_start_reload_and_end() -> Result<()> {
    improvement(|| {
        let mut service = Service::start(Start::default())?;
        ensure!(service.hears()? == ["READY=1", "STATUS=serving"]);

        service.agent.signal(Signal::SIGHUP)?;
        let reloading = service.hears()?;
        let [state, time] = reloading.as_slice() else { anyhow::bail!("{reloading:?}") };
        ensure!(state == "RELOADING=1" && time.starts_with("MONOTONIC_USEC="), "{reloading:?}");
        ensure!(service.hears()? == ["READY=1", "STATUS=serving"]);

        service.agent.signal(Signal::SIGTERM)?;
        ensure!(service.hears()? == ["STOPPING=1"]);
        ensure!(service.agent.wait()?.success());
        Ok(())
    })
}

#[test]
fn an_agent_that_waits_for_its_channel_is_ready_and_well() -> Result<()> {
    improvement(|| {
        let start = Start::bare().arguments(&["--retry-path", "-p", "/nonexistent", "-t", "@SCRATCH@/state"]);
        // More than it waits before it tries again: the watchdog must hear of it all the same.
        let service = Service::start(start.variable("WATCHDOG_USEC", "3600000000"))?;
        ensure!(service.hears()? == ["READY=1", "STATUS=waiting for the channel"]);
        ensure!(service.hears()? == ["WATCHDOG=1"]);
        Ok(())
    })
}

#[test]
fn a_watchdog_is_told_again_and_again_and_only_if_there_is_one() -> Result<()> {
    improvement(|| {
        let service = Service::start(Start::default().variable("WATCHDOG_USEC", "20000"))?;
        let mut count = 0;
        while count < 5 {
            let heard = service.hears()?;
            count += usize::from(heard == ["WATCHDOG=1"]);
        }

        let mut other = Start::default().variable("WATCHDOG_USEC", "20000").variable("WATCHDOG_PID", "1");
        other = other.argument("-v");
        let service = Service::start(other)?;
        ensure!(service.hears()? == ["READY=1", "STATUS=serving"]);
        service.manager.set_read_timeout(Some(Duration::from_millis(300)))?;
        ensure!(service.hears().is_err(), "it is another process that the watchdog watches");
        Ok(())
    })
}
