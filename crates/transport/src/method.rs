//! The ways an agent can be reached.

use crate::os;
use std::fmt;
use std::str::FromStr;

/// How the agent is reached, as `--method` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// A named port of a virtio console.
    VirtioSerial,
    /// A serial line.
    IsaSerial,
    /// A unix socket that the agent makes and listens on.
    UnixListen,
    /// A vsock port that the agent listens on.
    VsockListen,
}

impl Method {
    /// Every method, in the order of the reference agent's usage text.
    pub const ALL: [Method; 4] =
        [Method::VirtioSerial, Method::IsaSerial, Method::UnixListen, Method::VsockListen];

    /// The word for it on the command line and in the configuration file.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::VirtioSerial => "virtio-serial",
            Method::IsaSerial => "isa-serial",
            Method::UnixListen => "unix-listen",
            Method::VsockListen => "vsock-listen",
        }
    }

    /// The path when none was given; the listening methods have none.
    pub fn default_path(self) -> Option<&'static str> {
        match self {
            Method::VirtioSerial => Some(os::VIRTIO_PATH),
            Method::IsaSerial => Some(os::SERIAL_PATH),
            Method::UnixListen | Method::VsockListen => None,
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No method has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unsupported channel method/type: {0}")]
pub struct UnsupportedMethod(pub String);

impl FromStr for Method {
    type Err = UnsupportedMethod;

    fn from_str(word: &str) -> Result<Method, UnsupportedMethod> {
        Method::ALL
            .into_iter()
            .find(|method| method.as_str() == word)
            .ok_or_else(|| UnsupportedMethod(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_read_as_it_is_written() {
        for method in Method::ALL {
            assert_eq!(method.to_string().parse(), Ok(method));
        }
    }

    #[test]
    fn other_words_are_refused_with_the_text_of_the_reference() {
        for word in ["", "foo", "Virtio-Serial", "virtio-serial "] {
            let error = word.parse::<Method>().unwrap_err();
            assert_eq!(error.to_string(), format!("unsupported channel method/type: {word}"));
        }
    }

    #[test]
    fn only_devices_have_a_default_path() {
        assert!(
            Method::VirtioSerial.default_path().is_some_and(|path| path.contains("org.qemu.guest_agent.0"))
        );
        assert!(Method::IsaSerial.default_path().is_some());
        assert_eq!(Method::UnixListen.default_path(), None);
        assert_eq!(Method::VsockListen.default_path(), None);
    }
}
