//! The guest's processors, and what they have to do.

use indicatif::HumanDuration;
use qga_wire::family::cpu::{CpuStats, LoadAverage, LogicalProcessor};
use std::time::Duration;

pub(crate) fn processors(processors: &[LogicalProcessor]) -> String {
    let offline: Vec<_> = processors
        .iter()
        .filter(|processor| !processor.online)
        .map(|processor| processor.logical_id.to_string())
        .collect();
    match offline.len() {
        0 => format!("{}, all online", processors.len()),
        _ => format!("{}, offline are {}", processors.len(), offline.join(", ")),
    }
}

/// A processor that was in use from the start has spent the time since then on something; of several the one
/// with the longest.
pub(crate) fn uptime(processors: &[CpuStats]) -> Vec<String> {
    let spent = |cpu: &CpuStats| {
        let more = [cpu.iowait, cpu.irq, cpu.softirq, cpu.steal].map(Option::unwrap_or_default);
        [cpu.user, cpu.nice, cpu.system, cpu.idle].into_iter().chain(more).fold(0, u64::saturating_add)
    };
    let longest = processors.iter().map(spent).max();
    longest
        .map(|spent| format!("for about {}", HumanDuration(Duration::from_millis(spent))))
        .into_iter()
        .collect()
}

pub(crate) fn load(load: &LoadAverage) -> String {
    let LoadAverage { load1m, load5m, load15m } = load;
    format!("{load1m:.2}, {load5m:.2} over 5 minutes, {load15m:.2} over 15")
}

#[cfg(test)]
mod tests {
    use super::*;
    use qga_wire::family::cpu::CpuStatsType;

    #[test]
    fn a_guest_runs_for_as_long_as_its_first_processor() {
        let cpu = CpuStats {
            cpu: 0,
            guestnice: None,
            idle: 3_600_000,
            steal: None,
            iowait: Some(3_600_000),
            system: 0,
            guest: None,
            nice: 0,
            irq: None,
            r#type: CpuStatsType::Linux,
            user: 0,
            softirq: None,
        };
        let later = CpuStats { idle: 5, ..cpu.clone() };
        assert_eq!(uptime(&[later, cpu]), ["for about 2 hours"]);
        assert!(uptime(&[]).is_empty());
    }

    #[test]
    fn processors_that_are_offline_are_named() {
        let processor = |logical_id, online| LogicalProcessor { logical_id, online, can_offline: None };
        assert_eq!(processors(&[processor(0, true), processor(1, true)]), "2, all online");
        assert_eq!(processors(&[processor(0, true), processor(1, false)]), "2, offline are 1");
    }
}
