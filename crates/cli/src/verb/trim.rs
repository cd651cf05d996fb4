//! `qga trim`.

use crate::args::Common;
use crate::output;
use crate::table::{Table, or_dash};
use indicatif::BinaryBytes;
use qga_client::Options;
use qga_wire::family::freeze::{FilesystemTrimResponse, Fstrim};
use std::time::Duration;

/// How long trimming may take unless told otherwise: disks take their time for it.
const PATIENCE: Duration = Duration::from_secs(600);

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Leave free ranges alone that are shorter than this many bytes
    #[arg(long, value_name = "BYTES")]
    minimum: Option<i64>,
}

pub(crate) fn run(common: &Common, args: &Args) -> anyhow::Result<()> {
    let options = Options { timeout: common.timeout.unwrap_or(PATIENCE), ..common.options() };
    let response = common.connect_within(options)?.call(&Fstrim { minimum: args.minimum })?;
    if common.json() {
        return output::json(&response);
    }
    output::laid_out(&table(&response))
}

fn table(response: &FilesystemTrimResponse) -> Table {
    let mut table = Table::new(&["FILESYSTEM", ">TRIMMED", "REMARK"]);
    for result in &response.paths {
        let trimmed = result.trimmed.and_then(|bytes| u64::try_from(bytes).ok()).map(BinaryBytes);
        let remark = result.error.clone().unwrap_or_default();
        table.row([&result.path, &or_dash(trimmed), &remark]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Layout;
    use qga_wire::family::freeze::FilesystemTrimResult;

    #[test]
    fn a_filesystem_is_trimmed_or_says_why_not() {
        let result = |path: &str, trimmed, error: Option<&str>| FilesystemTrimResult {
            minimum: None,
            path: path.into(),
            trimmed,
            error: error.map(str::to_owned),
        };
        let paths = vec![result("/", Some(2048), None), result("/mnt", None, Some("not\x1b supported"))];
        let expected = "  FILESYSTEM   TRIMMED  REMARK\n  /           2.00 KiB\n  /mnt               -  not\\u{1b} supported\n";
        assert_eq!(table(&FilesystemTrimResponse { paths }).laid_out(None), expected);
    }
}
