//! Whether a copy is one, by the checksums of both.

use super::copy::{Copied, Job};
use super::place::in_guest;
use super::program;
use crate::failure;
use anyhow::{Context, bail};
use qga_client::{Client, Error as ClientError};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io;
use std::time::Duration;

/// The program of the guest that tells a file's SHA-256.
const PROGRAM: &str = "sha256sum";
/// The characters of a SHA-256.
const LENGTH: usize = 64;
/// The bytes that even a slow guest sums up in a second.
const SLOWEST: u64 = 4 << 20;

/// Whether the two could be compared; that they differ is an error. The guest has `patience` for it, and more for a
/// big file.
pub(super) fn is_same(
    client: &mut Client,
    job: &Job,
    copied: &Copied,
    patience: Duration,
) -> anyhow::Result<bool> {
    let size = fs::metadata(&job.here).map_or(0, |file| file.len());
    let patience = patience.saturating_add(Duration::from_secs(size / SLOWEST));
    let (here, guest) = (job.here.display(), in_guest(&job.guest));
    let there = of_guest(client, &job.guest, patience);
    let there = there.with_context(|| format!("cannot compare {guest} and {here}"))?;
    let Some(there) = there else { return Ok(false) };
    let sum = copied.sum.clone().map_or_else(|| of_host(job), Ok);
    if sum.with_context(|| format!("cannot read {here}"))? != there {
        let advice = if copied.was_resumed { "; copy it again without --resume" } else { "" };
        bail!("{here} and {guest} are not the same{advice}");
    }
    Ok(true)
}

/// Nothing when the guest may not or cannot tell.
fn of_guest(client: &mut Client, path: &str, patience: Duration) -> anyhow::Result<Option<String>> {
    // No name is taken for an option.
    let arguments = ["--", path].map(str::to_owned).to_vec();
    match program::run(client, PROGRAM, arguments, patience) {
        Ok(ended) => Ok(ended.success().ok().and_then(|output| checksum(&output))),
        Err(error) => match failure::of_client(&error) {
            Some(ClientError::Agent { .. }) => Ok(None),
            _ => Err(error),
        },
    }
}

/// A line begins with the checksum; with a backslash before it when the name behind it has odd characters.
fn checksum(output: &[u8]) -> Option<String> {
    let output = output.strip_prefix(b"\\").unwrap_or(output);
    let sum = output.get(..LENGTH)?;
    let is_hexadecimal = sum.iter().all(u8::is_ascii_hexdigit);
    is_hexadecimal.then(|| String::from_utf8_lossy(sum).to_ascii_lowercase())
}

fn of_host(job: &Job) -> io::Result<String> {
    let mut sum = Sha256::new();
    io::copy(&mut File::open(&job.here)?, &mut sum)?;
    Ok(format!("{:x}", sum.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_is_what_a_line_begins_with() {
        let sum = "0a".repeat(32);
        for line in [format!("{sum}  /tmp/x\n"), format!("\\{sum}  /tmp/a\\nb\n"), sum.to_uppercase()] {
            assert_eq!(checksum(line.as_bytes()), Some(sum.clone()));
        }
        assert_eq!(checksum(b"no such file"), None);
        assert_eq!(checksum("x".repeat(64).as_bytes()), None);
    }
}
