//! Blocks of memory that can be taken out of use.

use crate::{Command, Schema};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

/// Lists the blocks of memory with their states; none where the kernel cannot take memory out of use.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-get-memory-blocks", since = "2.3", returns = Vec<MemoryBlock>, effect = Read)]
pub struct GetMemoryBlocks {}

/// Takes blocks of memory into use or out of use, one after the other, and answers for each.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-set-memory-blocks", since = "2.3", returns = Vec<MemoryBlockResponse>, effect = Write)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SetMemoryBlocks {
    /// The blocks to change, with the state that each is to have.
    #[command(logged)]
    pub mem_blks: Vec<MemoryBlock>,
}

/// A block of memory and its state.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Schema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MemoryBlock {
    /// The block's number: its address in memory divided by the size of a block.
    pub phys_index: u64,
    /// Whether it is in use.
    pub online: bool,
    /// Whether the kernel may be able to take it out of use; always told, not looked at in a request.
    pub can_offline: Option<bool>,
}

/// Written by hand: the reference checks these members in one order and sends them in another.
impl Serialize for MemoryBlock {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_struct("MemoryBlock", 3)?;
        members.serialize_field("online", &self.online)?;
        members.serialize_field("can-offline", &self.can_offline)?;
        members.serialize_field("phys-index", &self.phys_index)?;
        members.end()
    }
}

/// How changing one block went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "kebab-case")]
pub struct MemoryBlockResponse {
    /// What came of it.
    pub response: MemoryBlockResponseType,
    /// The error number of the system; left out on success.
    pub error_code: Option<i64>,
    /// The block's number.
    pub phys_index: u64,
}

/// What came of changing a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "kebab-case")]
pub enum MemoryBlockResponseType {
    /// It has the state that was asked for.
    Success,
    /// There is no such block.
    NotFound,
    /// The block's state cannot be changed.
    OperationNotSupported,
    /// The system refused; the error number says why.
    OperationFailed,
}

/// Tells how large a block of memory is.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-get-memory-block-info", since = "2.3", returns = MemoryBlockInfo, effect = Read)]
pub struct GetMemoryBlockInfo {}

/// What is common to all blocks of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct MemoryBlockInfo {
    /// The size of a block, in bytes.
    pub size: u64,
}
