//! Sends back what each peer sends: `echo METHOD PATH`, or `echo` with a socket that systemd has passed.

use qga_transport::{Channel, Endpoint, Received, inherited, open};
use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;
use std::thread;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Without a standard error stream there is nobody to tell.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    match endpoint()? {
        Endpoint::Port(channel) => Ok(echo(channel)?),
        Endpoint::Listener(mut listener) => loop {
            let channel = listener.accept()?;
            thread::spawn(move || echo(channel));
        },
    }
}

fn endpoint() -> Result<Endpoint, Box<dyn Error>> {
    if let Some(listener) = inherited()? {
        return Ok(Endpoint::Listener(listener));
    }
    let mut arguments = env::args().skip(1);
    match (arguments.next(), arguments.next()) {
        (Some(method), Some(path)) => Ok(open(method.parse()?, path)?),
        _ => Err("usage: echo METHOD PATH".into()),
    }
}

fn echo(channel: Channel) -> io::Result<()> {
    let (mut receiver, mut sender) = channel.split();
    let mut room = [0; 4096];
    while let Received::Bytes(count) = receiver.receive(&mut room)? {
        sender.send(room.get(..count).unwrap_or_default())?;
    }
    Ok(())
}
