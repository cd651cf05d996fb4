//! `qga memory`.

use super::show;
use crate::args::Common;
use crate::output;
use crate::table::{Table, or_dash};
use indicatif::BinaryBytes;
use qga_wire::Command;
use qga_wire::family::memory::{GetMemoryBlockInfo, GetMemoryBlocks, MemoryBlock};

pub(crate) fn run(common: &Common) -> anyhow::Result<()> {
    let mut client = common.connect()?;
    if common.json() {
        return output::json(&show::answers(&mut client, [GetMemoryBlockInfo::NAME, GetMemoryBlocks::NAME])?);
    }
    let size = client.call(&GetMemoryBlockInfo {})?.size;
    let blocks = client.call(&GetMemoryBlocks {})?;
    output::laid_out(&table(blocks, size))
}

/// Blocks in a row that are alike make one row.
fn table(mut blocks: Vec<MemoryBlock>, size: u64) -> Table {
    blocks.sort_by_key(|block| block.phys_index);
    let mut table = Table::new(&["BLOCKS", "STATE", "CAN BE TAKEN OUT OF USE", ">SIZE"]);
    for run in blocks.chunk_by(is_continued) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
        let state = if first.online { "online" } else { "offline" };
        let can = first.can_offline.map(|can| if can { "yes" } else { "no" });
        let bytes = u64::try_from(run.len()).unwrap_or(u64::MAX).saturating_mul(size);
        let numbers = match run.len() {
            1 => first.phys_index.to_string(),
            _ => format!("{}-{}", first.phys_index, last.phys_index),
        };
        table.row([numbers, state.to_owned(), or_dash(can), BinaryBytes(bytes).to_string()]);
    }
    table
}

fn is_continued(one: &MemoryBlock, next: &MemoryBlock) -> bool {
    one.phys_index.checked_add(1) == Some(next.phys_index)
        && (one.online, one.can_offline) == (next.online, next.can_offline)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Layout;

    #[test]
    fn blocks_that_are_alike_make_one_row() {
        let block = |phys_index, online| MemoryBlock { phys_index, online, can_offline: Some(true) };
        let blocks =
            vec![block(2, true), block(0, true), block(1, true), block(3, false), block(u64::MAX, false)];
        let text = table(blocks, 128 << 20).laid_out(None);
        let lines: Vec<_> =
            text.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        let last = format!("{} offline yes 128.00 MiB", u64::MAX);
        assert_eq!(lines, ["0-2 online yes 384.00 MiB", "3 offline yes 128.00 MiB", &last]);
    }
}
