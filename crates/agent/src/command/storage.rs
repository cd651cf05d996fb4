use super::Run;
use crate::agent::Agent;
use crate::fault::Fault;
use crate::need::Need;
use qga_platform::storage;
use qga_wire::family::storage::{DiskInfo, DiskStatsInfo, FilesystemInfo, GetDisks, GetDiskstats, GetFsinfo};

impl Run for GetDisks {
    fn run(self, agent: &Agent) -> Result<Vec<DiskInfo>, Fault> {
        Ok(storage::disks(&agent.os.root)?)
    }
}

impl Run for GetFsinfo {
    const NEEDS: &'static [Need] = &[Need::Look];

    fn run(self, agent: &Agent) -> Result<Vec<FilesystemInfo>, Fault> {
        Ok(storage::filesystems(&agent.os.root, &agent.os.sizes)?)
    }
}

impl Run for GetDiskstats {
    fn run(self, agent: &Agent) -> Result<Vec<DiskStatsInfo>, Fault> {
        Ok(storage::stats(&agent.os.root)?)
    }
}
