//! The agent at work on its channel.

use crate::agent::Agent;
use crate::session::Session;
use crate::supervisor::Supervisor;
use qga_platform::strerror;
use qga_transport::{Channel, Endpoint, Listener};
use std::io;
use std::sync::{Arc, mpsc};

/// Clients that a listening channel serves at a time; further ones wait in the kernel's queue.
const MOST_CLIENTS: usize = 64;

/// Serves a channel for as long as it lasts. A device ends when it is gone (`Ok` when it was hung up); a
/// listener never does but by an error.
pub fn serve(agent: &Arc<Agent>, supervisor: &Arc<Supervisor>, endpoint: Endpoint) -> io::Result<()> {
    match endpoint {
        Endpoint::Port(channel) => serve_port(agent, supervisor, channel),
        Endpoint::Listener(listener) => serve_clients(agent, supervisor, listener),
    }
}

fn serve_port(agent: &Arc<Agent>, supervisor: &Arc<Supervisor>, channel: Channel) -> io::Result<()> {
    let (ended, end) = mpsc::channel();
    Session::start(Arc::clone(agent), Arc::clone(supervisor), channel, ended)?;
    end.recv().unwrap_or(Ok(()))
}

fn serve_clients(agent: &Arc<Agent>, supervisor: &Arc<Supervisor>, mut listener: Listener) -> io::Result<()> {
    let (ended, ends) = mpsc::channel();
    let mut clients = 0_usize;
    loop {
        if clients >= MOST_CLIENTS {
            log::warn!("{MOST_CLIENTS} clients are connected: further ones wait");
            clients -= usize::from(ends.recv().is_ok());
        }
        clients -= ends.try_iter().count();
        let channel = listener.accept()?;
        log::debug!("client {} has connected", channel.peer());
        let started = Session::start(Arc::clone(agent), Arc::clone(supervisor), channel, ended.clone());
        match started {
            Ok(()) => clients += 1,
            Err(error) => log::error!("a client is turned away: {}", strerror(&error)),
        }
    }
}
