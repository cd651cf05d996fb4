//! Where guests are, as written after `-c`, and how they are reached.

pub(crate) mod config;
pub(crate) mod places;
mod virsh;

use crate::failure::Usage;
use qga_client::{Address, AddressError, Client, Options};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use virsh::Virsh;

/// A guest, as the command line or the configuration names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// Its agent's channel.
    Channel(Address),
    /// A machine of Proxmox VE, by its number.
    Pve(u32),
    /// A domain of libvirt, which owns the channel while it runs.
    Libvirt(Domain),
    /// What the configuration calls so.
    Named(String),
}

/// A domain of libvirt, and which libvirt; the default one when no URI is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Domain {
    pub(crate) uri: Option<String>,
    pub(crate) name: String,
}

/// The text names no guest.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TargetError {
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error("'{0}' is no guest: expected pve:VMID with a decimal number")]
    Pve(String),
    #[error("'{0}' is no guest: expected libvirt:DOMAIN or libvirt:URI/DOMAIN")]
    Libvirt(String),
}

/// Connects to a guest's agent, and makes sure that it answers.
pub(crate) fn connect(target: &Target, options: Options) -> anyhow::Result<Client> {
    match target {
        Target::Channel(address) => Ok(Client::connect(address, options)?),
        Target::Pve(machine) => Ok(Client::connect(&Address::Unix(pve_socket(*machine)), options)?),
        Target::Libvirt(domain) => {
            let link = Virsh::new(domain.clone(), options);
            Ok(Client::over(Box::new(link), target.to_string(), options)?)
        }
        Target::Named(_) => connect(&resolve(target)?, options),
    }
}

/// Looks a name up in the configuration; what is no name stays as it is.
pub(crate) fn resolve(target: &Target) -> anyhow::Result<Target> {
    let Target::Named(name) = target else { return Ok(target.clone()) };
    let path = config::path();
    match config::load(path.as_deref())?.remove(name) {
        Some(Target::Named(other)) => {
            Err(Usage(format!("{name} is called {other} in the configuration, which is no address")).into())
        }
        Some(target) => Ok(target),
        None => {
            let place = path.map(|path| format!(" in {}", path.display())).unwrap_or_default();
            Err(Usage(format!("no guest is called {name}{place}; qga list shows the ones there are")).into())
        }
    }
}

/// Proxmox VE gives the agent's port of each machine a socket here.
pub(crate) fn pve_socket(machine: u32) -> PathBuf {
    PathBuf::from(format!("{}/{machine}.{}", places::PVE_SOCKETS, places::PVE_SUFFIX))
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Target, TargetError> {
        if let Some(number) = text.strip_prefix("pve:") {
            return number.parse().map(Target::Pve).map_err(|_| TargetError::Pve(text.to_owned()));
        }
        if let Some(domain) = text.strip_prefix("libvirt:") {
            return domain.parse().map(Target::Libvirt).map_err(|()| TargetError::Libvirt(text.to_owned()));
        }
        if text.is_empty() || text.contains([':', '/']) {
            return Ok(Target::Channel(text.parse()?));
        }
        Ok(Target::Named(text.to_owned()))
    }
}

impl FromStr for Domain {
    type Err = ();

    /// Names of domains have no slash in them, URIs nearly always have.
    fn from_str(text: &str) -> Result<Domain, ()> {
        let (uri, name) = match text.rsplit_once('/') {
            Some((uri, name)) => (Some(uri.to_owned()), name),
            None => (None, text),
        };
        // What begins with a dash would be an option to virsh.
        if name.is_empty() || name.starts_with('-') || uri.as_deref() == Some("") {
            return Err(());
        }
        Ok(Domain { uri, name: name.to_owned() })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Channel(address) => address.fmt(f),
            Target::Pve(machine) => write!(f, "pve:{machine}"),
            Target::Libvirt(Domain { uri: Some(uri), name }) => write!(f, "libvirt:{uri}/{name}"),
            Target::Libvirt(Domain { uri: None, name }) => write!(f, "libvirt:{name}"),
            Target::Named(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain(uri: Option<&str>, name: &str) -> Target {
        Target::Libvirt(Domain { uri: uri.map(str::to_owned), name: name.to_owned() })
    }

    #[test]
    fn a_guest_is_a_channel_or_a_machine_or_a_name() {
        let cases = [
            ("unix:/run/ga.sock", Target::Channel(Address::Unix("/run/ga.sock".into()))),
            ("pve:100", Target::Pve(100)),
            ("libvirt:web1", domain(None, "web1")),
            ("libvirt:qemu:///session/web1", domain(Some("qemu:///session"), "web1")),
            ("libvirt:qemu+ssh://host/system/web 1", domain(Some("qemu+ssh://host/system"), "web 1")),
            ("web1", Target::Named("web1".into())),
        ];
        for (text, target) in cases {
            assert_eq!(text.parse(), Ok(target.clone()));
            assert_eq!(target.to_string(), text);
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in
            ["", "pve:", "pve:-1", "pve:x", "libvirt:", "libvirt:/", "libvirt:/x", "libvirt:-x", "tcp:x"]
        {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
    }
}
