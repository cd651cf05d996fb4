//! Programs of the guest that help with a copy.

use crate::failure::Late;
use anyhow::{Error, anyhow, bail};
use qga_client::Client;
use qga_wire::Base64;
use qga_wire::family::exec::{Exec, ExecCaptureOutput};
use std::time::Duration;

/// What a program wrote, and what it complained of if it failed.
pub(super) struct Ended {
    pub(super) output: Vec<u8>,
    pub(super) complaint: Option<Error>,
}

impl Ended {
    /// What it wrote, unless it failed.
    pub(super) fn success(self) -> anyhow::Result<Vec<u8>> {
        self.complaint.map_or(Ok(self.output), Err)
    }
}

/// Runs a program of the guest to its end, which may take as long as `patience`.
pub(super) fn run(
    client: &mut Client,
    program: &str,
    arguments: Vec<String>,
    patience: Duration,
) -> anyhow::Result<Ended> {
    let exec = Exec {
        path: program.to_owned(),
        arg: Some(arguments),
        env: None,
        input_data: None,
        capture_output: Some(ExecCaptureOutput::Flag(true)),
    };
    let Some(ended) = client.run(&exec, Some(patience), |_| {})? else {
        let text = format!("{program} in the guest takes longer than {} s", patience.as_secs_f64());
        return Err(Late(text).into());
    };
    if ended.out_truncated == Some(true) {
        bail!("{program} in the guest writes more than the agent keeps");
    }
    let bytes = |data: Option<Base64>| data.map(Base64::into_bytes).transpose();
    let errors = bytes(ended.err_data)?.unwrap_or_default();
    let complaint = (ended.exitcode != Some(0)).then(|| complaint(program, &errors));
    Ok(Ended { output: bytes(ended.out_data)?.unwrap_or_default(), complaint })
}

/// The first line of it: there may be thousands.
fn complaint(program: &str, errors: &[u8]) -> Error {
    let errors = String::from_utf8_lossy(errors);
    let mut lines = errors.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next().unwrap_or("it failed");
    match lines.count() {
        0 => anyhow!("{program} in the guest: {first}"),
        more => anyhow!("{program} in the guest: {first}; and {more} more lines"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_is_one_line() {
        let cases = [
            (&b"x: no such file\n"[..], "find in the guest: x: no such file"),
            (b"\na\nb\n\nc\xff\n", "find in the guest: a; and 2 more lines"),
            (b"", "find in the guest: it failed"),
        ];
        for (errors, line) in cases {
            assert_eq!(complaint("find", errors).to_string(), line);
        }
    }
}
