//! What the agent does in a real guest. One program for all of it, so that guests are booted once.

mod account;
mod basics;
mod channel;
mod client;
mod cpu;
mod debian;
mod differential;
mod disks;
mod exec;
mod file;
mod freeze;
mod guardian;
mod idle;
mod libvirt;
mod memory;
mod network;
mod other_channels;
mod packages;
mod power;
mod ssh;
mod suspend;
mod system;
mod time;
mod trim;
mod writers;
