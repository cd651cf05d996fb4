//! What of a command's arguments may be told to the owner of the guest.
//!
//! An argument is told by its size alone unless its declaration says `#[command(logged)]`: a command whose
//! author thinks of no audit tells no secret.

use crate::Base64;
use crate::json::write;
use serde::Serialize;

/// How much of one argument is told, as JSON; of more than that the size and the beginning.
const MOST_BYTES: usize = 4 << 10;
/// How much of such a beginning.
const BEGINNING: usize = 1 << 10;

/// How much of an argument an audit record tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logged {
    /// How long it is.
    Size,
    /// Of each `NAME=VALUE` the name.
    Names,
    /// All of it.
    Whole,
}

/// An argument whose size can be told; a number has none, and its declaration has to say `logged`.
#[diagnostic::on_unimplemented(
    message = "what an audit tells of this argument must be declared",
    note = "say `#[command(logged)]` unless it is a secret"
)]
pub trait Measured {
    /// How long it is; `None` if it is absent.
    fn size(&self) -> Option<Size>;
}

/// How long an argument is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Size {
    /// How many elements a list has.
    pub items: Option<usize>,
    /// Of text and data the bytes, as decoded.
    pub bytes: usize,
}

impl Measured for String {
    fn size(&self) -> Option<Size> {
        Some(Size { items: None, bytes: self.len() })
    }
}

impl Measured for Base64 {
    fn size(&self) -> Option<Size> {
        Some(Size { items: None, bytes: self.byte_count() })
    }
}

impl<T: Measured> Measured for Option<T> {
    fn size(&self) -> Option<Size> {
        self.as_ref().and_then(Measured::size)
    }
}

impl<T: Measured> Measured for Vec<T> {
    fn size(&self) -> Option<Size> {
        let bytes = self.iter().filter_map(Measured::size).map(|size| size.bytes).sum();
        Some(Size { items: Some(self.len()), bytes })
    }
}

/// Texts that begin with a name.
pub trait Named {
    /// The names; of a text without `=` nothing is known to be one.
    fn names(&self) -> Option<Vec<&str>>;
}

impl Named for Option<Vec<String>> {
    fn names(&self) -> Option<Vec<&str>> {
        let texts = self.as_ref()?;
        Some(texts.iter().map(|text| text.split_once('=').map_or("", |(name, _)| name)).collect())
    }
}

/// The arguments of a request as a record tells them: a JSON object of bounded length.
#[derive(Debug, Default)]
pub struct Told {
    line: Vec<u8>,
}

impl Told {
    /// Tells all of an argument.
    pub fn whole(&mut self, name: &str, value: &impl Serialize) {
        let mut text = Vec::new();
        if write(&mut text, value).is_ok() && !text.is_empty() {
            self.member(name, text);
        }
    }

    /// Tells its names.
    pub fn names(&mut self, name: &str, value: &impl Named) {
        self.whole(name, &value.names());
    }

    /// Tells its size.
    pub fn size(&mut self, name: &str, value: &impl Measured) {
        self.whole(name, &value.size());
    }

    /// The JSON object.
    pub fn into_json(mut self) -> String {
        self.line.extend_from_slice(if self.line.is_empty() { b"{}" } else { b"}" });
        // What writes JSON writes ASCII.
        String::from_utf8(self.line).unwrap_or_default()
    }

    fn member(&mut self, name: &str, mut text: Vec<u8>) {
        if text.len() > MOST_BYTES {
            text = beginning(&text);
        }
        self.line.extend_from_slice(if self.line.is_empty() { b"{" } else { b", " });
        let named = write(&mut self.line, name);
        debug_assert!(named.is_ok(), "a name is a text");
        self.line.extend_from_slice(b": ");
        self.line.append(&mut text);
    }
}

#[derive(Serialize)]
struct Beginning<'t> {
    bytes: usize,
    beginning: &'t str,
}

/// JSON is written in ASCII, so it may be cut anywhere.
fn beginning(text: &[u8]) -> Vec<u8> {
    let beginning = text.get(..BEGINNING).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default();
    let mut told = Vec::new();
    let written = write(&mut told, &Beginning { bytes: text.len(), beginning });
    debug_assert!(written.is_ok(), "a number and a text");
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Command;
    use crate::list::{Exec, FileWrite, SetUserPassword, SetVcpus, SshAddAuthorizedKeys, SyncDelimited};
    use crate::{decode, json::Parser};

    fn told<C: Command>(arguments: &str) -> String {
        let mut parser = Parser::new();
        parser.feed(arguments.as_bytes());
        let command: C = decode::arguments(Some(parser.next().unwrap().unwrap())).unwrap();
        let mut told = Told::default();
        command.tell(&mut told);
        told.into_json()
    }

    #[test]
    fn secrets_and_data_are_told_by_their_size() {
        let password = "{'username': 'root', 'password': 'aGVsbG8=', 'crypted': false}";
        let expected = r#"{"username": "root", "password": {"bytes": 5}, "crypted": false}"#;
        assert_eq!(told::<SetUserPassword>(password), expected);
        let write = "{'handle': 7, 'buf-b64': 'aGVsbG8='}";
        assert_eq!(told::<FileWrite>(write), r#"{"handle": 7, "buf-b64": {"bytes": 5}}"#);
        let keys = "{'username': 'root', 'keys': ['ssh-rsa x', 'y']}";
        let expected = r#"{"username": "root", "keys": {"items": 2, "bytes": 10}}"#;
        assert_eq!(told::<SshAddAuthorizedKeys>(keys), expected);
    }

    #[test]
    fn of_the_environment_the_names_are_told() {
        let exec = "{'path': '/bin/x', 'arg': ['-a', 'b'], 'env': ['PATH=/x', 'TOKEN=s=x', 'odd'], \
                    'input-data': 'eA=='}";
        let expected = r#"{"path": "/bin/x", "arg": ["-a", "b"], "env": ["PATH", "TOKEN", ""], "input-data": {"bytes": 1}}"#;
        assert_eq!(told::<Exec>(exec), expected);
    }

    #[test]
    fn what_is_absent_is_left_out_and_lists_of_objects_are_told_whole() {
        assert_eq!(told::<crate::list::Ping>("{}"), "{}");
        assert_eq!(told::<Exec>("{'path': 'x'}"), r#"{"path": "x"}"#);
        assert_eq!(told::<SyncDelimited>("{'id': 3}"), r#"{"id": 3}"#);
        let vcpus = "{'vcpus': [{'logical-id': 1, 'online': false}]}";
        assert_eq!(told::<SetVcpus>(vcpus), r#"{"vcpus": [{"online": false, "logical-id": 1}]}"#);
    }

    #[test]
    fn a_long_argument_hides_no_other() {
        let long = "x".repeat(1 << 20);
        let told = told::<Exec>(&format!("{{'path': '/bin/x', 'arg': ['{long}']}}"));
        assert!(told.starts_with(r#"{"path": "/bin/x", "arg": {"bytes": 1048580, "beginning": "[\"xxx"#));
        assert!(told.ends_with("x\"}}") && told.len() < 2 * BEGINNING, "{} bytes", told.len());
    }
}
