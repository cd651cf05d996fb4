//! `qga stats`.

use super::show;
use crate::args::Common;
use crate::output;
use crate::table::{Table, or_dash};
use indicatif::BinaryBytes;
use qga_wire::Command;
use qga_wire::family::cpu::{CpuStats, GetCpustats};
use qga_wire::family::storage::{DiskStatsInfo, GetDiskstats};

pub(crate) fn run(common: &Common) -> anyhow::Result<()> {
    let mut client = common.connect()?;
    if common.json() {
        return output::json(&show::answers(&mut client, [GetCpustats::NAME, GetDiskstats::NAME])?);
    }
    let processors = times_table(&client.call(&GetCpustats {})?);
    let disks = traffic_table(&client.call(&GetDiskstats {})?);
    output::laid_out(&processors)?;
    output::laid_out(&"\n".to_owned())?;
    output::laid_out(&disks)
}

fn times_table(processors: &[CpuStats]) -> Table {
    let mut table =
        Table::new(&[">CPU", ">USER", "?>NICE", ">SYSTEM", "?>IRQ", ">IO WAIT", "?>STEAL", ">IDLE"]);
    for cpu in processors {
        let irq = cpu.irq.unwrap_or_default().saturating_add(cpu.softirq.unwrap_or_default());
        let times = [
            cpu.user,
            cpu.nice,
            cpu.system,
            irq,
            cpu.iowait.unwrap_or_default(),
            cpu.steal.unwrap_or_default(),
            cpu.idle,
        ];
        let total = times.iter().fold(0_u64, |sum, time| sum.saturating_add(*time));
        table.row([cpu.cpu.to_string()].into_iter().chain(times.map(|time| percent(time, total))));
    }
    table
}

#[expect(clippy::cast_precision_loss, reason = "a percentage has three digits")]
fn percent(part: u64, whole: u64) -> String {
    if whole == 0 { "-".to_owned() } else { format!("{:.1} %", part as f64 / whole as f64 * 100.0) }
}

/// Sectors are counted in 512 bytes, whatever the disk's own are.
pub(crate) const SECTOR: u64 = 512;

fn traffic_table(disks: &[DiskStatsInfo]) -> Table {
    let mut table = Table::new(&["DISK", ">READ", "?>READS", ">WRITTEN", "?>WRITES", ">BUSY"]);
    for disk in disks {
        let bytes =
            |sectors: Option<u64>| or_dash(sectors.map(|count| BinaryBytes(count.saturating_mul(SECTOR))));
        let busy = disk.stats.total_ticks.map(|milliseconds| format!("{} s", milliseconds / 1000));
        table.row([
            disk.name.clone(),
            bytes(disk.stats.read_sectors),
            or_dash(disk.stats.read_ios),
            bytes(disk.stats.write_sectors),
            or_dash(disk.stats.write_ios),
            or_dash(busy),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Layout;
    use qga_wire::family::cpu::CpuStatsType;
    use qga_wire::family::storage::DiskStats;

    #[test]
    fn times_are_told_in_parts_of_the_whole() {
        let cpu = CpuStats {
            cpu: 0,
            guestnice: None,
            idle: 75,
            steal: None,
            iowait: Some(5),
            system: 10,
            guest: None,
            nice: 0,
            irq: None,
            r#type: CpuStatsType::Linux,
            user: 10,
            softirq: None,
        };
        let full = CpuStats { user: u64::MAX, idle: u64::MAX, ..cpu.clone() };
        let text = times_table(&[cpu, full]).laid_out(None);
        assert!(text.contains("    0   10.0 %  0.0 %  10.0 %  0.0 %    5.0 %  0.0 %   75.0 %\n"), "{text}");
        assert_eq!(percent(0, 0), "-");
    }

    #[test]
    fn a_disk_that_counts_nothing_has_dashes() {
        let stats = DiskStats { read_sectors: Some(4), total_ticks: Some(2500), ..DiskStats::default() };
        let disk = DiskStatsInfo { name: "vda".into(), stats, minor: 0, major: 0 };
        let text = traffic_table(&[disk]).laid_out(None);
        assert!(text.ends_with("  vda   2.00 KiB      -        -       -   2 s\n"), "{text}");
    }
}
