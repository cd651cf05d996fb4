//! Processors: which are in use, and what they do (compat.md C.7, C.13, C.1).

mod times;

pub use times::times;

use crate::{Error, Result, Root};
use nix::errno::Errno;
use nix::sys::sysinfo::sysinfo;
use qga_wire::family::cpu::{LoadAverage, LogicalProcessor};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};

const DIRECTORY: &str = "/sys/devices/system/cpu";

/// All processors that are present, in the order of their directory.
pub fn processors(root: &Root) -> Result<Vec<LogicalProcessor>> {
    let names = root.entries(DIRECTORY).and_then(|names| names.ok_or(Errno::ENOENT.into()));
    let names = names.map_err(|error| Error::new(format!("failed to list entries: {DIRECTORY}"), error))?;
    names.iter().filter_map(number).map(|id| processor(root, id)).collect()
}

/// The number of a directory `cpuN`.
fn number(name: &OsString) -> Option<i64> {
    name.to_str()?.strip_prefix("cpu")?.parse::<u32>().ok().map(i64::from)
}

fn processor(root: &Root, id: i64) -> Result<LogicalProcessor> {
    let switch = switch_of(id);
    let state = match root.open(&switch) {
        Ok(None) => None,
        Ok(Some(mut file)) => Some(is_on(&mut file).map_err(|error| cannot_read(&switch, error))?),
        Err(error) => return Err(cannot_open(&switch, error)),
    };
    // A processor without a switch is in use for good; the first often is one.
    Ok(LogicalProcessor { logical_id: id, online: state.unwrap_or(true), can_offline: Some(state.is_some()) })
}

/// Takes a processor into use, or out of use; one that is in that state already is left alone.
pub fn set_online(root: &Root, id: i64, online: bool) -> Result<()> {
    let directory = directory_of(id);
    if !root.exists(&directory) {
        return Err(Error::new(format!("Could not open '{directory}'"), Errno::ENOENT));
    }
    let switch = switch_of(id);
    let Some(mut file) = root.edit(&switch).map_err(|error| cannot_open(&switch, error))? else {
        return if online {
            Ok(())
        } else {
            Err(Error::told(format!("logical processor #{id} can't be offlined")))
        };
    };
    if is_on(&mut file).map_err(|error| cannot_read(&switch, error))? == online {
        return Ok(());
    }
    turn(&mut file, online).map_err(|error| Error::new(format!("pwrite(\"{switch}\")"), error))
}

fn directory_of(id: i64) -> String {
    format!("{DIRECTORY}/cpu{id}/")
}

/// The file that says whether a processor is in use, and takes orders; the reference spells it so.
fn switch_of(id: i64) -> String {
    format!("{}/online", directory_of(id))
}

fn is_on(switch: &mut File) -> io::Result<bool> {
    let mut state = [0];
    match switch.read(&mut state)? {
        0 => Err(io::Error::new(ErrorKind::UnexpectedEof, "unexpected EOF")),
        _ => Ok(state != *b"0"),
    }
}

fn turn(switch: &mut File, on: bool) -> io::Result<()> {
    io::Seek::rewind(switch)?;
    switch.write_all(if on { b"1" } else { b"0" })
}

fn cannot_open(switch: &str, error: io::Error) -> Error {
    Error::new(format!("could not open {switch}"), error)
}

fn cannot_read(switch: &str, error: io::Error) -> Error {
    Error::new(format!("pread(\"{switch}\")"), error)
}

/// How many tasks ran or wanted to, on average.
///
/// From sysinfo(2), which tells more digits than `/proc/loadavg`.
pub fn load() -> Result<LoadAverage> {
    let system = sysinfo().map_err(|error| Error::new("cannot query load average", error))?;
    let (one, five, fifteen) = system.load_average();
    Ok(LoadAverage { load15m: fifteen, load5m: five, load1m: one })
}

#[cfg(test)]
mod tests {
    use super::*;
    use qga_testkit::fixture;

    const MACHINE: &str = "\
/sys/devices/system/cpu/cpu0/
/sys/devices/system/cpu/cpu1/online = 1
/sys/devices/system/cpu/cpu10/online = 0
/sys/devices/system/cpu/cpufreq/
/sys/devices/system/cpu/online = 0-1
";

    fn state(root: &Root) -> Vec<(i64, bool, Option<bool>)> {
        let mut processors = processors(root).unwrap();
        processors.sort_by_key(|processor| processor.logical_id);
        let state = |cpu: LogicalProcessor| (cpu.logical_id, cpu.online, cpu.can_offline);
        processors.into_iter().map(state).collect()
    }

    #[test]
    fn processors_are_told_with_their_state() {
        let tree = fixture::unpack(MACHINE).unwrap();
        let expected = [(0, true, Some(false)), (1, true, Some(true)), (10, false, Some(true))];
        assert_eq!(state(&Root::at(tree.path())), expected);
    }

    #[test]
    fn a_processor_is_taken_out_of_use_and_back() {
        let tree = fixture::unpack(MACHINE).unwrap();
        let root = Root::at(tree.path());
        set_online(&root, 1, false).unwrap();
        set_online(&root, 10, true).unwrap();
        let expected = [(0, true, Some(false)), (1, false, Some(true)), (10, true, Some(true))];
        assert_eq!(state(&root), expected);
        set_online(&root, 1, false).unwrap();
        assert_eq!(state(&root), expected);
    }

    #[test]
    fn a_processor_without_a_switch_stays_in_use() {
        let tree = fixture::unpack(MACHINE).unwrap();
        let root = Root::at(tree.path());
        set_online(&root, 0, true).unwrap();
        let told = set_online(&root, 0, false).unwrap_err().to_string();
        assert_eq!(told, "logical processor #0 can't be offlined");
    }

    #[test]
    fn a_processor_that_is_not_there_is_named() {
        let tree = fixture::unpack(MACHINE).unwrap();
        let told = set_online(&Root::at(tree.path()), 9, true).unwrap_err().to_string();
        assert_eq!(told, "Could not open '/sys/devices/system/cpu/cpu9/': No such file or directory");
    }

    #[test]
    fn a_state_that_is_empty_is_an_error() {
        let tree = fixture::unpack("/sys/devices/system/cpu/cpu1/online:\n").unwrap();
        let told = processors(&Root::at(tree.path())).unwrap_err().to_string();
        assert_eq!(told, "pread(\"/sys/devices/system/cpu/cpu1//online\"): unexpected EOF");
    }

    #[test]
    fn a_system_that_tells_no_processors_is_an_error() {
        let tree = fixture::unpack("").unwrap();
        let told = processors(&Root::at(tree.path())).unwrap_err().to_string();
        assert_eq!(told, "failed to list entries: /sys/devices/system/cpu: No such file or directory");
    }

    #[test]
    fn this_machine_has_a_load() {
        assert!(load().unwrap().load1m >= 0.0);
    }
}
