use super::Run;
use crate::agent::Agent;
use crate::fault::Fault;
use crate::need::Need;
use qga_platform::memory;
use qga_wire::family::memory::{
    GetMemoryBlockInfo, GetMemoryBlocks, MemoryBlock, MemoryBlockInfo, MemoryBlockResponse, SetMemoryBlocks,
};

impl Run for GetMemoryBlocks {
    fn run(self, agent: &Agent) -> Result<Vec<MemoryBlock>, Fault> {
        Ok(memory::blocks(&agent.os.root)?)
    }
}

impl Run for SetMemoryBlocks {
    const NEEDS: &'static [Need] = &[Need::Hardware];

    fn run(self, agent: &Agent) -> Result<Vec<MemoryBlockResponse>, Fault> {
        let set = |block: &MemoryBlock| memory::set_online(&agent.os.root, block.phys_index, block.online);
        Ok(self.mem_blks.iter().map(set).collect())
    }
}

impl Run for GetMemoryBlockInfo {
    fn run(self, agent: &Agent) -> Result<MemoryBlockInfo, Fault> {
        Ok(memory::block_info(&agent.os.root)?)
    }
}
