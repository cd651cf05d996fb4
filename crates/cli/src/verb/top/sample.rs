//! What the guest counts, at one moment.

use crate::verb::show::if_allowed;
use qga_client::{Client, Error};
use qga_wire::family::cpu::{CpuStats, GetCpustats, GetLoad, LoadAverage};
use qga_wire::family::network::{NetworkGetInterfaces, NetworkInterface};
use qga_wire::family::storage::{DiskStatsInfo, FilesystemInfo, GetDiskstats, GetFsinfo};
use qga_wire::family::system::{GetHostName, HostName};
use std::time::Instant;

/// Everything is optional: an agent may lack or refuse any of it.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) taken: Instant,
    pub(super) name: Option<HostName>,
    pub(super) load: Option<LoadAverage>,
    pub(super) processors: Vec<CpuStats>,
    pub(super) disks: Vec<DiskStatsInfo>,
    pub(super) interfaces: Vec<NetworkInterface>,
    pub(super) filesystems: Vec<FilesystemInfo>,
}

impl Sample {
    pub(super) fn take(client: &mut Client) -> Result<Sample, Error> {
        Ok(Sample {
            taken: Instant::now(),
            name: if_allowed(client, &GetHostName {})?,
            load: if_allowed(client, &GetLoad {})?,
            processors: if_allowed(client, &GetCpustats {})?.unwrap_or_default(),
            disks: if_allowed(client, &GetDiskstats {})?.unwrap_or_default(),
            interfaces: if_allowed(client, &NetworkGetInterfaces {})?.unwrap_or_default(),
            filesystems: if_allowed(client, &GetFsinfo {})?.unwrap_or_default(),
        })
    }
}
