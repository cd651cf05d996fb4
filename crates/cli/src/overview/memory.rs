//! How much memory the guest has.

use indicatif::BinaryBytes;
use qga_client::{Client, Error};
use qga_wire::family::memory::{GetMemoryBlockInfo, GetMemoryBlocks, MemoryBlock};

pub(crate) fn lines(client: &mut Client) -> Result<Vec<String>, Error> {
    let size = client.call(&GetMemoryBlockInfo {})?.size;
    Ok(vec![line(&client.call(&GetMemoryBlocks {})?, size)])
}

fn line(blocks: &[MemoryBlock], size: u64) -> String {
    let bytes = |online: bool| {
        let count = blocks.iter().filter(|block| block.online == online).count();
        u64::try_from(count).unwrap_or(u64::MAX).saturating_mul(size)
    };
    match bytes(false) {
        0 => BinaryBytes(bytes(true)).to_string(),
        offline => format!("{}, and {} offline", BinaryBytes(bytes(true)), BinaryBytes(offline)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_out_of_use_is_told_apart() {
        let block = |online| MemoryBlock { phys_index: 0, online, can_offline: None };
        assert_eq!(line(&[block(true), block(true)], 1 << 30), "2.00 GiB");
        assert_eq!(line(&[block(true), block(false)], 1 << 30), "1.00 GiB, and 1.00 GiB offline");
    }
}
