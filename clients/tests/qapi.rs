//! The Rust crates qapi and qapi-qga.

use anyhow::{Context, Result, ensure};
use qapi::{
    ErrorClass, ExecuteError, Qga, Stream,
    qga::{self, GuestExecCaptureOutput, GuestFileWhence, QGASeek},
};
use qga_testkit::{Agent, wait_until};
use std::{io::BufReader, os::unix::net::UnixStream};

type Client<'a> = Qga<Stream<BufReader<&'a UnixStream>, &'a UnixStream>>;

/// Gives a synced client to the test.
fn with_client(test: impl FnOnce(&Agent, &mut Client) -> Result<()>) -> Result<()> {
    let agent = qga_clients::agent()?;
    let stream = UnixStream::connect(agent.scratch().socket())?;
    let mut client = Qga::from_stream(&stream);
    client.guest_sync(7)?;
    test(&agent, &mut client)
}

#[test]
fn everything_that_a_guest_tells_is_understood() -> Result<()> {
    with_client(|_, client| {
        let info = client.execute(&qga::guest_info {})?;
        ensure!(
            info.supported_commands.iter().any(|command| command.name == "guest-ping" && command.enabled)
        );
        client.execute(&qga::guest_ping {})?;
        ensure!(client.execute(&qga::guest_get_time {})? > 1_700_000_000_000_000_000);
        ensure!(!client.execute(&qga::guest_get_host_name {})?.host_name.is_empty());
        ensure!(client.execute(&qga::guest_get_osinfo {})?.kernel_release.is_some());
        client.execute(&qga::guest_get_timezone {})?;
        client.execute(&qga::guest_get_users {})?;
        let interfaces = client.execute(&qga::guest_network_get_interfaces {})?;
        ensure!(interfaces.iter().any(|interface| interface.name == "lo"), "{interfaces:?}");
        ensure!(client.execute(&qga::guest_get_vcpus {})?.iter().any(|processor| processor.online));
        client.execute(&qga::guest_get_memory_blocks {}).map(drop).or_else(refused)?;
        client.execute(&qga::guest_get_fsinfo {})?;
        client.execute(&qga::guest_get_disks {})?;
        client.execute(&qga::guest_get_diskstats {})?;
        ensure!(!client.execute(&qga::guest_get_cpustats {})?.is_empty());
        Ok(())
    })
}

/// What is missing on a machine is an error of the agent; one of the client would be that it does not understand.
fn refused(error: ExecuteError) -> Result<()> {
    match error {
        ExecuteError::Qapi(_) => Ok(()),
        ExecuteError::Io(error) => Err(error.into()),
    }
}

#[test]
fn files_are_written_and_read_back() -> Result<()> {
    with_client(|agent, client| {
        let path = agent.scratch().write("file", b"")?.to_string_lossy().into_owned();
        let open = qga::guest_file_open { path, mode: Some("r+".into()) };
        let handle = client.execute(&open)?;
        let content: Vec<u8> = (0..=255).cycle().take(100_000).collect();

        let write = qga::guest_file_write { handle, buf_b64: content.clone(), count: None };
        ensure!(client.execute(&write)?.count == 100_000);
        client.execute(&qga::guest_file_flush { handle })?;
        let whence = GuestFileWhence::name(QGASeek::set);
        ensure!(client.execute(&qga::guest_file_seek { handle, offset: 0, whence })?.position == 0);
        let read = client.execute(&qga::guest_file_read { handle, count: Some(200_000) })?;
        ensure!(read.buf_b64 == content && read.eof);
        client.execute(&qga::guest_file_close { handle })?;
        Ok(())
    })
}

#[test]
fn programs_are_run() -> Result<()> {
    with_client(|_, client| {
        let script = "cat; echo problem >&2; exit 3";
        let exec = qga::guest_exec {
            path: "/bin/sh".into(),
            arg: Some(vec!["-c".into(), script.into()]),
            env: None,
            input_data: Some(b"input".to_vec()),
            capture_output: Some(GuestExecCaptureOutput::flag(true)),
        };
        let pid = client.execute(&exec)?.pid;

        let status = wait_until("the end of the program", || {
            let status = client.execute(&qga::guest_exec_status { pid })?;
            Ok(status.exited.then_some(status))
        })?;

        ensure!(status.exitcode == Some(3), "{status:?}");
        ensure!(status.out_data.as_deref() == Some(b"input"), "{status:?}");
        ensure!(status.err_data.as_deref() == Some(b"problem\n"), "{status:?}");
        Ok(())
    })
}

#[test]
fn errors_have_their_class_and_words() -> Result<()> {
    with_client(|_, client| {
        let open = qga::guest_file_open { path: "/none".into(), mode: None };
        let error = client.execute(&open).err().context("a file that is not there")?;
        let ExecuteError::Qapi(error) = error else { return Err(error.into()) };
        ensure!(matches!(error.class, ErrorClass::GenericError), "{error:?}");
        ensure!(error.desc.ends_with("No such file or directory"), "{error:?}");

        let error =
            client.execute(&qga::guest_fstrim { minimum: None }).err().context("a blocked command")?;
        let ExecuteError::Qapi(error) = error else { return Err(error.into()) };
        ensure!(matches!(error.class, ErrorClass::CommandNotFound), "{error:?}");
        Ok(())
    })
}
