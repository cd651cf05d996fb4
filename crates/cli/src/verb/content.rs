//! Files of the guest, for programs.

use qga_wire::Base64;
use serde::Serialize;

/// What was read of a file, in the words of guest-file-read.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Content<'a> {
    path: &'a str,
    count: usize,
    buf_b64: Base64,
}

impl Content<'_> {
    pub(crate) fn new(path: &str, bytes: Vec<u8>) -> Content<'_> {
        Content { path, count: bytes.len(), buf_b64: bytes.into() }
    }
}
