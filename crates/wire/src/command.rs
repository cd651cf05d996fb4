//! What makes a type a command.

use crate::audit::Told;
use crate::schema::{Object, Schema, Type};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// What a command does to the guest: the groups by which its owner allows or refuses commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It keeps the conversation going, or tells what the agent offers.
    Basic,
    /// It tells something and changes nothing.
    Read,
    /// It reads or writes files of the host's choice.
    File,
    /// It changes devices or settings.
    Write,
    /// It runs a program of the host's choice.
    Exec,
    /// It stops, restarts or suspends the guest.
    Power,
    /// It stills or trims filesystems.
    Freeze,
    /// It changes who may log in, and how.
    Account,
}

/// All that is fixed about a command, written once, where its arguments are declared.
#[derive(Debug)]
pub struct Declaration {
    /// The name as sent.
    pub name: &'static str,
    /// What the command does.
    pub doc: &'static str,
    /// The release of QEMU, or of this agent for its own commands, that had it first.
    pub since: &'static str,
    /// What it does to the guest.
    pub effect: Effect,
    /// Whether it works while filesystems are frozen; such commands also work when too many others hang.
    pub while_frozen: bool,
    /// Whether it answers nothing when it succeeds.
    pub silent: bool,
    /// Whether it changes nothing by itself, although what it belongs to does: the audit takes it for a read.
    pub passive: bool,
    /// Its arguments.
    pub arguments: &'static Object,
    /// Its reply.
    pub returns: Type,
}

impl Declaration {
    /// Whether it changes something in the guest.
    pub fn changes(&self) -> bool {
        !matches!(self.effect, Effect::Basic | Effect::Read) && !self.passive
    }
}

/// A command: the type is its arguments.
pub trait Command: Serialize + DeserializeOwned + Send + 'static {
    /// What it answers.
    type Returns: Schema + Serialize + DeserializeOwned + Send + 'static;
    /// All that is fixed about it.
    const DECLARATION: Declaration;
    /// The name as sent.
    const NAME: &'static str = Self::DECLARATION.name;

    /// Tells what its declaration lets an audit record tell of the arguments.
    fn tell(&self, told: &mut Told);
}

/// The answer of a command that has nothing to tell: `{}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Empty {}
