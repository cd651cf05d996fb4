//! `qga cpus` and `qga load`.

use super::show::show;
use crate::args::Common;
use crate::failure::Usage;
use crate::table::{Table, or_dash};
use anyhow::bail;
use qga_client::Client;
use qga_wire::family::cpu::{GetLoad, GetVcpus, LogicalProcessor, SetVcpus};

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

    #[test]
    fn a_list_is_numbers_and_ranges() {
        assert_eq!(numbers("1,3-5,0").unwrap().0, [1, 3, 4, 5, 0]);
        for text in ["", ",", "1-", "-1", "5-3", "a", "0-99999999999999999999", "1,,2"] {
            assert!(numbers(text).is_err(), "{text}");
        }
    }

    #[test]
    fn processors_stand_in_their_order() {
        let processor = |logical_id| LogicalProcessor { logical_id, online: true, can_offline: None };
        let text = processors_table(&[10, 2, 0].map(processor)).laid_out(None);
        let first: Vec<_> = text.lines().filter_map(|line| line.split_whitespace().next()).collect();
        assert_eq!(first, ["CPU", "0", "2", "10"]);
    }
}
