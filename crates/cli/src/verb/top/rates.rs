//! What went on between two samples.

use super::sample::Sample;
use crate::terminal::Escaped;
use crate::verb::stats::SECTOR;
use qga_wire::family::cpu::{CpuStats, LoadAverage};
use qga_wire::family::storage::FilesystemInfo;
use serde::Serialize;

/// What there is to show; all names are harmless already.
#[derive(Debug, Default, Serialize)]
pub(super) struct Rates {
    pub(super) name: String,
    pub(super) load: Option<LoadAverage>,
    pub(super) processors: Vec<Processor>,
    pub(super) disks: Vec<Traffic>,
    pub(super) interfaces: Vec<Traffic>,
    pub(super) filesystems: Vec<Filesystem>,
}

/// How busy a processor was, in parts of the whole.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Processor {
    pub(super) number: i64,
    pub(super) busy: f64,
    pub(super) waiting: f64,
    pub(super) stolen: f64,
}

/// Bytes a second, into the guest's memory and out of it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Traffic {
    pub(super) name: String,
    pub(super) into: u64,
    pub(super) out: u64,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Filesystem {
    pub(super) mountpoint: String,
    pub(super) used: u64,
    pub(super) total: u64,
}

impl Rates {
    pub(super) fn between(before: &Sample, now: &Sample) -> Rates {
        let seconds = now.taken.saturating_duration_since(before.taken).as_secs_f64();
        Rates {
            name: now.name.as_ref().map(|name| Escaped(&name.host_name).to_string()).unwrap_or_default(),
            load: now.load.clone(),
            processors: processors(before, now),
            disks: disks(before, now, seconds),
            interfaces: interfaces(before, now, seconds),
            filesystems: now.filesystems.iter().filter_map(filesystem).collect(),
        }
    }
}

fn processors(before: &Sample, now: &Sample) -> Vec<Processor> {
    let one = |cpu: &CpuStats| {
        let earlier = before.processors.iter().find(|earlier| earlier.cpu == cpu.cpu)?;
        Some(processor(earlier, cpu))
    };
    now.processors.iter().filter_map(one).collect()
}

fn processor(before: &CpuStats, now: &CpuStats) -> Processor {
    let times = |cpu: &CpuStats| {
        let busy =
            [cpu.user, cpu.nice, cpu.system, cpu.irq.unwrap_or_default(), cpu.softirq.unwrap_or_default()];
        let busy = busy.into_iter().fold(0_u64, u64::saturating_add);
        [busy, cpu.iowait.unwrap_or_default(), cpu.steal.unwrap_or_default(), cpu.idle]
    };
    let (now_times, before_times) = (times(now), times(before));
    let spent = [0, 1, 2, 3].map(|kind: usize| {
        let at = |times: [u64; 4]| times.get(kind).copied().unwrap_or_default();
        at(now_times).saturating_sub(at(before_times))
    });
    let total = spent.into_iter().fold(0_u64, u64::saturating_add);
    let [busy, waiting, stolen, _] = spent.map(|part| share(part, total));
    Processor { number: now.cpu, busy, waiting, stolen }
}

#[expect(clippy::cast_precision_loss, reason = "a share is shown with three digits")]
fn share(part: u64, total: u64) -> f64 {
    if total == 0 { 0.0 } else { part as f64 / total as f64 }
}

fn disks(before: &Sample, now: &Sample, seconds: f64) -> Vec<Traffic> {
    let bytes = |sectors: Option<u64>| sectors.unwrap_or_default().saturating_mul(SECTOR);
    let one = |disk: &qga_wire::family::storage::DiskStatsInfo| {
        let earlier = before.disks.iter().find(|earlier| earlier.name == disk.name)?;
        let rate = |now, before| per_second(bytes(now), bytes(before), seconds);
        Some(Traffic {
            name: Escaped(&disk.name).to_string(),
            into: rate(disk.stats.read_sectors, earlier.stats.read_sectors),
            out: rate(disk.stats.write_sectors, earlier.stats.write_sectors),
        })
    };
    now.disks.iter().filter_map(one).collect()
}

fn interfaces(before: &Sample, now: &Sample, seconds: f64) -> Vec<Traffic> {
    let one = |interface: &qga_wire::family::network::NetworkInterface| {
        let earlier = before.interfaces.iter().find(|earlier| earlier.name == interface.name)?;
        let (now, earlier) = (interface.statistics.as_ref()?, earlier.statistics.as_ref()?);
        Some(Traffic {
            name: Escaped(&interface.name).to_string(),
            into: per_second(now.rx_bytes, earlier.rx_bytes, seconds),
            out: per_second(now.tx_bytes, earlier.tx_bytes, seconds),
        })
    };
    now.interfaces.iter().filter_map(one).collect()
}

/// Counters that went back, as after a restart, count for nothing.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate is shown with three digits, is not negative, and the cast is bounded"
)]
fn per_second(now: u64, before: u64, seconds: f64) -> u64 {
    let bytes = now.saturating_sub(before);
    if seconds > 0.0 { (bytes as f64 / seconds) as u64 } else { 0 }
}

fn filesystem(filesystem: &FilesystemInfo) -> Option<Filesystem> {
    let mountpoint = Escaped(&filesystem.mountpoint).to_string();
    Some(Filesystem { mountpoint, used: filesystem.used_bytes?, total: filesystem.total_bytes? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use qga_wire::family::cpu::CpuStatsType;

    fn cpu(user: u64, idle: u64, steal: Option<u64>) -> CpuStats {
        CpuStats {
            cpu: 3,
            guestnice: None,
            idle,
            steal,
            iowait: None,
            system: 0,
            guest: None,
            nice: 0,
            irq: None,
            r#type: CpuStatsType::Linux,
            user,
            softirq: None,
        }
    }

    #[test]
    fn a_processor_is_as_busy_as_its_time_between_the_samples_says() {
        let rate = processor(&cpu(100, 1000, Some(0)), &cpu(125, 1050, Some(25)));
        assert_eq!(rate, Processor { number: 3, busy: 0.25, waiting: 0.0, stolen: 0.25 });
        let back = processor(&cpu(100, 1000, None), &cpu(0, 0, None));
        assert_eq!(back, Processor { number: 3, busy: 0.0, waiting: 0.0, stolen: 0.0 });
    }

    #[test]
    fn a_rate_is_what_was_added_in_a_second() {
        assert_eq!(per_second(3000, 1000, 2.0), 1000);
        assert_eq!(per_second(0, 1000, 2.0), 0);
        assert_eq!(per_second(1000, 0, 0.0), 0);
        assert_eq!(per_second(u64::MAX, 0, 1e-9), u64::MAX);
    }
}
