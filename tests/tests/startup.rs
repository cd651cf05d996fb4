//! How the agent starts and ends: exit codes, signals, the daemon, passed sockets, the state directory.

use std::{
    fs,
    os::unix::{
        fs::PermissionsExt,
        net::{UnixListener, UnixStream},
    },
    path::Path,
};

use anyhow::{Context, Result, ensure};
use nix::sys::signal::Signal;
use qga_testkit::{Scratch, Start, wait_until};
use qga_tests::{DONE, Daemon, agent_and_client, improvement, request};
use serde_json::json;

#[test]
fn a_start_that_fails_says_what_is_wrong_and_ends_with_1() -> Result<()> {
    let long = format!("/tmp/{}", "a".repeat(108));
    let state = ["-t", "@SCRATCH@/state"];
    for (arguments, complaint) in [
        (&["-m", "pigeon", "-p", "/x"][..], "unsupported channel method/type: pigeon"),
        (&["-p", "/nonexistent"], "error opening channel '/nonexistent': No such file or directory"),
        (
            &["-m", "isa-serial", "-p", "/nonexistent"],
            "error opening channel '/nonexistent': No such file or directory",
        ),
        (
            &["-m", "unix-listen", "-p", "/nonexistent/x"],
            "Failed to bind socket to /nonexistent/x: No such file or directory",
        ),
        (&["-m", "unix-listen", "-p", "@SCRATCH@/f"], "Failed to unlink socket @SCRATCH@/f: Is a directory"),
        (&["-m", "unix-listen", "-p", &long], "is too long"),
        (&["-m", "vsock-listen", "-p", "cid"], "error parsing address 'cid'"),
        (&["-t", "/nonexistent", "-m", "unix-listen", "-p", "@SCRATCH@/s"], "/nonexistent/qga.state"),
        (
            &["-l", "/nonexistent/log", "-m", "unix-listen", "-p", "@SCRATCH@/s"],
            "unable to open specified log file: No such file or directory",
        ),
    ] {
        let scratch = Scratch::new()?;

        let ended = Start::bare().arguments(&state).arguments(arguments).run_in(&scratch)?;

        ensure!(ended.code == Some(1), "{arguments:?} end with {ended:?}");
        ensure!(ended.errors.contains(complaint), "{arguments:?} end with {ended:?}");
        ensure!(ended.errors.contains("error initializing guest agent"), "{arguments:?} end with {ended:?}");
    }
    Ok(())
}

#[test]
fn an_interrupt_or_a_request_to_end_ends_it_well() -> Result<()> {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let (mut agent, mut connection) = agent_and_client()?;
        ensure!(connection.ask(&request("guest-ping"))? == DONE);

        agent.signal(signal)?;

        ensure!(agent.wait()?.code() == Some(0), "{signal}");
        ensure!(connection.rest()?.is_empty());
    }
    Ok(())
}

#[test]
fn an_agent_that_started_frozen_ends_soon_after_it_is_asked_to() -> Result<()> {
    // The reference ignores the signal, so that a service manager has to kill it, and the guest stays frozen.
    improvement(|| {
        let scratch = Scratch::new()?;
        fs::write(scratch.state().join("qga.state.isfrozen"), "")?;
        let mut agent = Start::default().unblocked().start_in(scratch)?;
        ensure!(agent.connect()?.call("guest-fsfreeze-status", &json!({}))? == "frozen");

        agent.signal(Signal::SIGTERM)?;

        ensure!(agent.wait()?.code() == Some(0));
        Ok(())
    })
}

#[test]
fn a_missing_channel_is_waited_for_on_request() -> Result<()> {
    let waiting = Start::bare().arguments(&["--retry-path", "-p", "/nonexistent", "-t", "@SCRATCH@/state"]);
    let mut agent = waiting.start()?;
    wait_until("the first attempt", || Ok(agent.log().contains("error opening channel").then_some(())))?;
    ensure!(agent.is_running()?);

    agent.signal(Signal::SIGTERM)?;

    ensure!(agent.wait()?.code() == Some(1));
    Ok(())
}

#[test]
fn a_socket_that_an_earlier_agent_left_behind_is_replaced() -> Result<()> {
    let scratch = Scratch::new()?;
    drop(UnixListener::bind(scratch.socket())?);

    let mut agent = Start::default().start_in(scratch)?;

    ensure!(agent.connect()?.ask(&request("guest-ping"))? == DONE);
    Ok(())
}

#[test]
fn handle_numbers_go_on_after_a_restart() -> Result<()> {
    let (mut agent, mut connection) = agent_and_client()?;
    let open = json!({"path": "/dev/null"});
    ensure!(connection.call("guest-file-open", &open)? == 1000);

    agent.restart()?;

    ensure!(agent.connect()?.call("guest-file-open", &open)? == 1001);
    let state = fs::read_to_string(agent.scratch().state().join("qga.state"))?;
    ensure!(state == "[global]\nfd_counter=1002\n", "{state}");
    Ok(())
}

#[test]
fn a_broken_state_file_keeps_the_agent_from_starting() -> Result<()> {
    let scratch = Scratch::new()?;
    fs::write(scratch.state().join("qga.state"), "fd_counter=1\n")?;

    let arguments = ["-t", "@SCRATCH@/state", "-m", "unix-listen", "-p", "@SCRATCH@/ga.sock"];
    let ended = Start::bare().arguments(&arguments).run_in(&scratch)?;

    ensure!(ended.code == Some(1), "{ended:?}");
    ensure!(
        ended.errors.contains("error loading persistent state from path: @SCRATCH@/state/qga.state"),
        "{ended:?}"
    );
    Ok(())
}

#[test]
fn a_handle_number_that_makes_no_sense_counts_from_1000() -> Result<()> {
    for counter in ["abc", "-5"] {
        improvement(|| {
            let first = first_handle(counter)?;
            ensure!(first == 1000, "{first} after {counter}");
            Ok(())
        })?;
    }
    Ok(())
}

#[test]
fn handle_numbers_go_beyond_32_bits() -> Result<()> {
    improvement(|| {
        let first = first_handle("5000000000")?;
        ensure!(first == 5_000_000_000_u64, "{first}");
        Ok(())
    })
}

/// The first handle of an agent that finds this counter in its state file.
fn first_handle(counter: &str) -> Result<serde_json::Value> {
    let scratch = Scratch::new()?;
    fs::write(scratch.state().join("qga.state"), format!("[global]\nfd_counter={counter}\n"))?;
    let mut agent = Start::default().start_in(scratch)?;
    agent.connect()?.call("guest-file-open", &json!({"path": "/dev/null"}))
}

#[test]
fn a_daemon_writes_its_process_id_and_removes_it_in_the_end() -> Result<()> {
    let scratch = Scratch::new()?;
    let daemon = Daemon::start(&scratch)?;
    let pidfile = Daemon::pidfile(&scratch);
    ensure!(daemon.connect(&scratch)?.ask(&request("guest-ping"))? == DONE);
    let directory = fs::read_link(format!("/proc/{}/cwd", daemon.pid()))?;
    ensure!(directory == Path::new("/"), "it is in {}", directory.display());
    let mode = pidfile.metadata()?.permissions().mode() & 0o777;
    ensure!(mode == 0o600, "{mode:o}");

    daemon.stop()?;

    ensure!(!pidfile.exists());
    Ok(())
}

#[test]
fn a_second_daemon_leaves_the_first_alone() -> Result<()> {
    let scratch = Scratch::new()?;
    let first = Daemon::start(&scratch)?;

    let second = Daemon::options(&Daemon::pidfile(&scratch)).arguments(&["-p", "@SCRATCH@/f/second"]);
    second.run_in(&scratch)?;

    wait_until("the end of the second", || {
        Ok(UnixStream::connect(scratch.files().join("second")).is_err().then_some(()))
    })?;
    ensure!(first.connect(&scratch)?.ask(&request("guest-ping"))? == DONE);
    Ok(())
}

#[test]
fn a_daemon_that_cannot_start_leaves_the_pid_file_of_another_alone() -> Result<()> {
    improvement(|| {
        let scratch = Scratch::new()?;
        let running = Daemon::start(&scratch)?;
        let pidfile = Daemon::pidfile(&scratch);

        let ended = Daemon::options(&pidfile).arguments(&["-p", "/nonexistent/x"]).run_in(&scratch)?;

        ensure!(ended.code == Some(1), "{ended:?}");
        let left = fs::read_to_string(&pidfile).context("the pid file is gone")?;
        ensure!(left == format!("{}\n", running.pid()), "{left}");
        Ok(())
    })
}

#[test]
fn a_passed_socket_is_served_whatever_the_options_say() -> Result<()> {
    let start =
        Start::default().with_passed_sockets(1).arguments(&["-m", "isa-serial", "-p", "/nonexistent"]);
    let mut agent = start.start()?;

    ensure!(agent.connect()?.ask(&request("guest-ping"))? == DONE);
    Ok(())
}

#[test]
fn more_than_one_passed_socket_is_refused() -> Result<()> {
    let start = Start::bare().with_passed_sockets(2);

    let ended = start.run_in(&Scratch::new()?)?;

    ensure!(ended.code == Some(1), "{ended:?}");
    ensure!(ended.errors.contains("qemu-ga only supports listening on one socket"), "{ended:?}");
    Ok(())
}
