//! Real guests for tests: a Debian kernel under QEMU's software emulation, the agent under test in its initial
//! file tree, driven through virtio-serial as a host does it, and checked from two sides that do not rely on the
//! agent: QEMU's control channel and a shell on a serial port.
//!
//! [`Layout`] says what a guest is made of; [`Layout::start`] gives a running [`Guest`]. Below them: the
//! [`kernel`] with its [`modules`], the file tree ([`initramfs`]), [`disk`] images, saved states (booted once per
//! layout and agent, then loaded in a fraction of a second), the QEMU process ([`machine`]) and the three channels
//! into it ([`channel`], [`shell`], [`qmp`]).
//!
//! What must stay true: nothing here needs root or leaves anything behind but the cache in `target/lab`; a guest
//! ends with the value that stands for it; everything that waits has a deadline.

pub mod agent;
pub mod channel;
pub mod disk;
pub mod domain;
pub mod guest;
pub mod initramfs;
pub mod kernel;
pub mod layout;
pub mod layouts;
pub mod libvirt;
pub mod machine;
pub mod modules;
pub mod port;
pub mod program;
pub mod qmp;
pub mod shell;
mod slot;
mod socket;
mod state;
pub mod store;
mod timing;

pub use {
    channel::Refusal,
    disk::{Bus, Disk, Filesystem},
    guest::Guest,
    layout::Layout,
};
