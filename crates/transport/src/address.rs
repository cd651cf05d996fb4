//! Where a host finds an agent, as written on a command line.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Where a host finds an agent: `unix:/path`, `vsock:CID:PORT` or `serial:/dev/x`. A bare absolute path is a
/// unix socket.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Address {
    /// A unix socket: QEMU's end of the port, or an agent that listens.
    Unix(PathBuf),
    /// A guest's vsock port.
    Vsock(VsockAddress),
    /// A character device, such as QEMU's end of a pty.
    Serial(PathBuf),
}

/// The text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It starts with nothing we know.
    #[error("'{0}' is no address: expected unix:PATH, vsock:CID:PORT, serial:PATH or an absolute path")]
    Form(String),
    /// Nothing follows the scheme.
    #[error("'{0}' is no address: the path is missing")]
    Path(String),
    /// What follows `vsock:` is no vsock address.
    #[error("'{0}' is no address: expected vsock:CID:PORT with two decimal numbers")]
    Vsock(String),
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Address, AddressError> {
        if text.starts_with('/') {
            return Ok(Address::Unix(text.into()));
        }
        match text.split_once(':') {
            Some(("unix" | "serial", "")) => Err(AddressError::Path(text.to_owned())),
            Some(("unix", path)) => Ok(Address::Unix(path.into())),
            Some(("serial", path)) => Ok(Address::Serial(path.into())),
            Some(("vsock", rest)) => {
                rest.parse().map(Address::Vsock).map_err(|_| AddressError::Vsock(text.to_owned()))
            }
            _ => Err(AddressError::Form(text.to_owned())),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Unix(path) => write!(f, "unix:{}", path.display()),
            Address::Vsock(address) => write!(f, "vsock:{address}"),
            Address::Serial(path) => write!(f, "serial:{}", path.display()),
        }
    }
}

/// A vsock address, `CID:PORT`: two decimal numbers of 32 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct VsockAddress {
    /// The machine: 2 is the host, 4294967295 any (see vsock(7)).
    pub cid: u32,
    /// The port.
    pub port: u32,
}

/// The text is no vsock address; worded as by the reference agent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VsockAddressError {
    /// A part or the colon is missing.
    #[error("error parsing address '{0}'")]
    Form(String),
    /// The part before the colon is no number.
    #[error("Failed to parse cid '{0}'")]
    Cid(String),
    /// The part after the colon is no number.
    #[error("Failed to parse port '{0}'")]
    Port(String),
}

impl FromStr for VsockAddress {
    type Err = VsockAddressError;

    fn from_str(text: &str) -> Result<VsockAddress, VsockAddressError> {
        match text.split_once(':') {
            Some((cid, port)) if !cid.is_empty() && !port.is_empty() => Ok(VsockAddress {
                cid: cid.parse().map_err(|_| VsockAddressError::Cid(cid.to_owned()))?,
                port: port.parse().map_err(|_| VsockAddressError::Port(port.to_owned()))?,
            }),
            _ => Err(VsockAddressError::Form(text.to_owned())),
        }
    }
}

impl fmt::Display for VsockAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.cid, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_its_kind_and_a_bare_path_is_a_unix_socket() {
        let cases = [
            ("unix:/run/qga.sock", Address::Unix("/run/qga.sock".into()), "unix:/run/qga.sock"),
            ("unix:here.sock", Address::Unix("here.sock".into()), "unix:here.sock"),
            ("/run/a:b", Address::Unix("/run/a:b".into()), "unix:/run/a:b"),
            ("vsock:3:1234", Address::Vsock(VsockAddress { cid: 3, port: 1234 }), "vsock:3:1234"),
            ("serial:/dev/pts/4", Address::Serial("/dev/pts/4".into()), "serial:/dev/pts/4"),
        ];
        for (text, address, shown) in cases {
            assert_eq!(text.parse(), Ok(address.clone()), "{text}");
            assert_eq!(address.to_string(), shown);
        }
    }

    #[test]
    fn other_texts_are_refused_with_the_form_expected() {
        let form = AddressError::Form;
        let cases = [
            ("", form(String::new())),
            ("qga.sock", form("qga.sock".into())),
            ("tcp:host:1", form("tcp:host:1".into())),
            ("unix:", AddressError::Path("unix:".into())),
            ("serial:", AddressError::Path("serial:".into())),
            ("vsock:3", AddressError::Vsock("vsock:3".into())),
            ("vsock:3:x", AddressError::Vsock("vsock:3:x".into())),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<Address>(), Err(error), "{text}");
        }
    }

    #[test]
    fn a_vsock_address_is_two_decimal_numbers() {
        let parsed = "4294967295:1".parse();
        assert_eq!(parsed, Ok(VsockAddress { cid: u32::MAX, port: 1 }));
        let cases = [
            ("", "error parsing address ''"),
            ("1", "error parsing address '1'"),
            ("1:", "error parsing address '1:'"),
            (":1", "error parsing address ':1'"),
            ("-1:9", "Failed to parse cid '-1'"),
            ("0x1:9", "Failed to parse cid '0x1'"),
            ("4294967296:1", "Failed to parse cid '4294967296'"),
            ("1:1x", "Failed to parse port '1x'"),
            ("1:4294967296", "Failed to parse port '4294967296'"),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<VsockAddress>().unwrap_err().to_string(), error);
        }
    }
}
