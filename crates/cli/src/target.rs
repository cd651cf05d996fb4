//! Where guests are, as written after `-c`, and how they are reached.

pub(crate) mod config;
pub(crate) mod places;
mod virsh;

use crate::failure::Usage;
use places::Found;
use qga_client::{Address, AddressError, Client, Options};
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use virsh::Virsh;

/// A guest, as the command line names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Guest {
    /// By where it is.
    At(Target),
    /// As the configuration or the host calls it.
    Named(String),
}

/// Where a guest is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// Its agent's channel.
    Channel(Address),
    /// A machine of Proxmox VE, by its number.
    Pve(u32),
    /// A domain of libvirt, which owns the channel while it runs.
    Libvirt(Domain),
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
    Address(AddressError),
    #[error(
        "'{0}' is no guest: expected unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, an \
         absolute path or a name that qga list shows"
    )]
    Form(String),
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
    }
}

/// The one of these guests that is called so.
pub(crate) fn called(name: &str, guests: Vec<Found>) -> anyhow::Result<Target> {
    let mut found = guests.into_iter().filter(|guest| guest.name == name).map(|guest| guest.target);
    match (found.next(), found.next()) {
        (Some(target), None) => Ok(target),
        (Some(one), Some(other)) => {
            let text = format!("several guests are called {name}: take {one}, {other} or another of them");
            Err(Usage(text).into())
        }
        (None, _) => Err(Usage(unknown(name)).into()),
    }
}

fn unknown(name: &str) -> String {
    if Path::new(name).exists() {
        return format!("no guest is called {name}; if it is a socket, write unix:{name}");
    }
    let place = config::path().map(|path| format!("; {} can give names", path.display())).unwrap_or_default();
    format!("no guest is called {name}, qga list shows the ones there are{place}")
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
        text.parse().map(Target::Channel).map_err(|error| match error {
            AddressError::Form(text) => TargetError::Form(text),
            error => TargetError::Address(error),
        })
    }
}

impl FromStr for Guest {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Guest, TargetError> {
        if text.is_empty() || text.contains([':', '/']) {
            return text.parse().map(Guest::At);
        }
        Ok(Guest::Named(text.to_owned()))
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
        ];
        for (text, target) in cases {
            assert_eq!(target.to_string(), text);
            assert_eq!(text.parse(), Ok(Guest::At(target)));
        }
        assert_eq!("web1".parse(), Ok(Guest::Named("web1".into())));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in
            ["", "pve:", "pve:-1", "pve:x", "libvirt:", "libvirt:/", "libvirt:/x", "libvirt:-x", "tcp:x"]
        {
            assert!(text.parse::<Guest>().is_err(), "{text}");
        }
        let told = "tcp:x".parse::<Guest>().unwrap_err().to_string();
        assert!(told.contains("pve:VMID") && told.contains("a name"), "{told}");
    }

    #[test]
    fn a_name_is_that_of_one_guest() {
        let guest = |name: &str, machine| Found { name: name.into(), target: Target::Pve(machine) };
        let guests = || vec![guest("web", 1), guest("db", 2), guest("web", 3)];
        assert_eq!(called("db", guests()).unwrap(), Target::Pve(2));
        let told = |name| called(name, guests()).unwrap_err().to_string();
        assert!(
            told("web").starts_with("several guests are called web: take pve:1, pve:3"),
            "{}",
            told("web")
        );
        assert!(told("x").starts_with("no guest is called x, qga list"), "{}", told("x"));
        assert!(told("Cargo.toml").ends_with("write unix:Cargo.toml"), "{}", told("Cargo.toml"));
    }
}
