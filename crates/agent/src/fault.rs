//! Why a command failed, and how the wire says it.

use crate::policy::Refused;
use qga_wire::Base64Error;
use qga_wire::decode::ArgumentError;
use qga_wire::reply::{Class, Failure};

/// Why a request was not carried out.
#[derive(Debug)]
pub enum Fault {
    /// There is no such command.
    NotFound(String),
    /// The command may not be used now.
    Disabled(&'static str),
    /// The owner of the guest does not let the host do it.
    Refused(Refused),
    /// An argument is wrong.
    Argument(ArgumentError),
    /// The system refused.
    System(qga_platform::Error),
    /// Anything else, as a sentence for the client.
    Other(String),
}

impl Fault {
    /// A fault that only its sentence tells.
    pub fn new(text: impl Into<String>) -> Fault {
        Fault::Other(text.into())
    }

    /// Whether it was not even tried: the host may not have it.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Fault::NotFound(_) | Fault::Disabled(_) | Fault::Refused(_))
    }

    /// The rule by which it was refused, if it was one of the owner's: for the owner alone.
    pub(crate) fn rule(&self) -> Option<String> {
        match self {
            Fault::Refused(refused) => Some(refused.rule.to_string()),
            _ => None,
        }
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Failure {
        let (class, desc) = match fault {
            Fault::NotFound(name) => {
                (Class::CommandNotFound, format!("The command {name} has not been found"))
            }
            Fault::Disabled(name) | Fault::Refused(Refused { command: name, .. }) => (
                Class::CommandNotFound,
                format!("Command {name} has been disabled: the command is not allowed"),
            ),
            Fault::Argument(error) => (Class::GenericError, error.to_string()),
            Fault::System(error) => (Class::GenericError, error.to_string()),
            Fault::Other(text) => (Class::GenericError, text),
        };
        Failure { class, desc }
    }
}

impl From<ArgumentError> for Fault {
    fn from(error: ArgumentError) -> Fault {
        Fault::Argument(error)
    }
}

impl From<Refused> for Fault {
    fn from(refused: Refused) -> Fault {
        Fault::Refused(refused)
    }
}

impl From<qga_platform::Error> for Fault {
    fn from(error: qga_platform::Error) -> Fault {
        Fault::System(error)
    }
}

impl From<Base64Error> for Fault {
    fn from(error: Base64Error) -> Fault {
        Fault::Other(error.to_string())
    }
}
