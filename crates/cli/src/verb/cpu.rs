//! `qga cpus`, `qga load` and `qga stats`.

use super::show::{self, show};
use crate::args::Common;
use crate::failure::Usage;
use crate::output;
use crate::table::{Table, or_dash};
use anyhow::bail;
use indicatif::BinaryBytes;
use qga_client::Client;
use qga_wire::Command;
use qga_wire::family::cpu::{CpuStats, GetCpustats, GetLoad, GetVcpus, LogicalProcessor, SetVcpus};
use qga_wire::family::storage::{DiskStatsInfo, GetDiskstats};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Take these processors into use, such as 1,3-5
    #[arg(long, value_name = "LIST", value_parser = numbers, conflicts_with = "offline")]
    online: Option<Numbers>,
    /// Take these processors out of use
    #[arg(long, value_name = "LIST", value_parser = numbers)]
    offline: Option<Numbers>,
}

/// Numbers of processors.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Numbers(Vec<i64>);

pub(crate) fn cpus(common: &Common, args: &Args) -> anyhow::Result<()> {
    let wanted = [(&args.online, true), (&args.offline, false)];
    if let Some((numbers, online)) =
        wanted.into_iter().find_map(|(list, online)| Some((list.as_ref()?, online)))
    {
        set(&mut common.connect()?, numbers, online)?;
    }
    show(common, &GetVcpus {}, |processors| processors_table(processors))
}

pub(crate) fn load(common: &Common) -> anyhow::Result<()> {
    show(common, &GetLoad {}, |load| {
        let mut table = Table::new(&[">1 MINUTE", ">5 MINUTES", ">15 MINUTES"]);
        table.row([load.load1m, load.load5m, load.load15m].map(|load| format!("{load:.2}")));
        table
    })
}

pub(crate) fn stats(common: &Common) -> anyhow::Result<()> {
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

/// The agent stops at the first that it cannot change, and says how many it did before: then that one is asked
/// for alone, to be told why.
fn set(client: &mut Client, numbers: &Numbers, online: bool) -> anyhow::Result<()> {
    let entry = |logical_id: &i64| LogicalProcessor { logical_id: *logical_id, online, can_offline: None };
    let mut rest: Vec<_> = numbers.0.iter().map(entry).collect();
    while !rest.is_empty() {
        let done = client.call(&SetVcpus { vcpus: rest.clone() })?;
        match usize::try_from(done) {
            Ok(count) if (1..=rest.len()).contains(&count) => drop(rest.drain(..count)),
            _ => bail!("the agent says that it changed {done} of {} processors", rest.len()),
        }
    }
    Ok(())
}

fn processors_table(processors: &[LogicalProcessor]) -> Table {
    let mut table = Table::new(&[">CPU", "STATE", "CAN BE TAKEN OUT OF USE"]);
    let mut processors: Vec<_> = processors.iter().collect();
    // Agents name them in no order.
    processors.sort_by_key(|processor| processor.logical_id);
    for processor in processors {
        let state = if processor.online { "online" } else { "offline" };
        let can = processor.can_offline.map(|can| if can { "yes" } else { "no" });
        table.row([processor.logical_id.to_string(), state.to_owned(), or_dash(can)]);
    }
    table
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
pub(crate) fn percent(part: u64, whole: u64) -> String {
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

/// The most processors that one list may name.
const MOST: i64 = 65_536;

/// A list such as `1,3-5`.
fn numbers(text: &str) -> Result<Numbers, Usage> {
    let odd = || Usage(format!("'{text}' is no list: expected numbers and ranges, such as 1,3-5"));
    let mut numbers = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let [first, last] = [first, last]
            .map(|number| number.parse::<i64>().ok().filter(|number| (0..MOST).contains(number)));
        let (first, last) = first.zip(last).filter(|(first, last)| first <= last).ok_or_else(odd)?;
        numbers.extend(first..=last);
    }
    Ok(Numbers(numbers))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Layout;
    use qga_wire::family::cpu::CpuStatsType;
    use qga_wire::family::storage::DiskStats;

    #[test]
    fn a_list_is_numbers_and_ranges() {
        assert_eq!(numbers("1,3-5,0").unwrap().0, [1, 3, 4, 5, 0]);
        for text in ["", ",", "1-", "-1", "5-3", "a", "0-99999999999999999999", "1,,2"] {
            assert!(numbers(text).is_err(), "{text}");
        }
    }

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
    fn processors_stand_in_their_order() {
        let processor = |logical_id| LogicalProcessor { logical_id, online: true, can_offline: None };
        let text = processors_table(&[10, 2, 0].map(processor)).laid_out(None);
        let first: Vec<_> = text.lines().filter_map(|line| line.split_whitespace().next()).collect();
        assert_eq!(first, ["CPU", "0", "2", "10"]);
    }

    #[test]
    fn a_disk_that_counts_nothing_has_dashes() {
        let stats = DiskStats { read_sectors: Some(4), total_ticks: Some(2500), ..DiskStats::default() };
        let disk = DiskStatsInfo { name: "vda".into(), stats, minor: 0, major: 0 };
        let text = traffic_table(&[disk]).laid_out(None);
        assert!(text.ends_with("  vda   2.00 KiB      -        -       -   2 s\n"), "{text}");
    }
}
