//! Whether a copy is one, by the checksums of both.

use super::copy::Job;
use super::tree::run_in_guest;
use crate::failure;
use crate::terminal::Escaped;
use anyhow::{Context, bail};
use qga_client::{Client, Error as ClientError};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io;

/// The program of the guest that tells a file's SHA-256.
const PROGRAM: &str = "sha256sum";
/// The characters of a SHA-256.
const LENGTH: usize = 64;

/// Whether the two could be compared; that they differ is an error. `copied` is the checksum of what was copied, if
/// that was all of the file.
pub(super) fn is_same(
    client: &mut Client,
    job: &Job,
    copied: Option<&str>,
    advice: &str,
) -> anyhow::Result<bool> {
    let Some(there) = of_guest(client, &job.guest)? else { return Ok(false) };
    let here = copied.map_or_else(|| of_host(job), |sum| Ok(sum.to_owned()));
    let here = here.with_context(|| format!("cannot read {}", job.here.display()))?;
    if here != there {
        bail!("{} and {} in the guest are not the same{advice}", job.here.display(), Escaped(&job.guest));
    }
    Ok(true)
}

/// Nothing when the guest may not or cannot tell.
fn of_guest(client: &mut Client, path: &str) -> anyhow::Result<Option<String>> {
    match run_in_guest(client, PROGRAM, vec![path.to_owned()]) {
        Ok(output) => Ok(checksum(&output)),
        Err(error) => match failure::of_client(&error) {
            Some(ClientError::Agent { .. }) | None => Ok(None),
            Some(_) => Err(error),
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
