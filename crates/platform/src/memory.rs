//! Blocks of memory that can be taken out of use (compat.md C.7).

use crate::root::{Directory, read_attribute};
use crate::{Error, Result, Root};
use nix::errno::Errno;
use qga_wire::family::memory::{MemoryBlock, MemoryBlockInfo, MemoryBlockResponse, MemoryBlockResponseType};
use std::ffi::OsString;
use std::fs::File;
use std::io;

const DIRECTORY: &str = "/sys/devices/system/memory";

/// All blocks, in the order of their directory; none if the kernel cannot take memory out of use.
pub fn blocks(root: &Root) -> Result<Vec<MemoryBlock>> {
    let cannot_open = |error| Error::new(format!("Can't open directory\"{DIRECTORY}/\""), error);
    let names = root.entries(DIRECTORY).map_err(cannot_open)?;
    let directory = root.directory(DIRECTORY).map_err(cannot_open)?;
    let (Some(names), Some(directory)) = (names, directory) else { return Ok(Vec::new()) };
    let numbers = names.iter().filter_map(number);
    let blocks: Vec<_> = numbers.map(|number| block(&directory, number)).collect::<Result<_>>()?;
    if blocks.is_empty() { Err(Error::told("guest reported zero memory blocks!")) } else { Ok(blocks) }
}

/// The number of a directory `memoryN`.
fn number(name: &OsString) -> Option<u64> {
    name.to_str()?.strip_prefix("memory")?.parse().ok()
}

fn block(directory: &Directory, phys_index: u64) -> Result<MemoryBlock> {
    let read = |name| attribute(name, directory.open(format!("memory{phys_index}/{name}")));
    let state = read("state")?.ok_or_else(|| cannot_open("state", Errno::ENOENT))?;
    let removable = read("removable")?;
    Ok(MemoryBlock {
        phys_index,
        online: is_online(&state),
        can_offline: Some(removable.is_some_and(|flag| !flag.starts_with('0'))),
    })
}

fn is_online(state: &str) -> bool {
    state.starts_with("online")
}

fn directory_of(phys_index: u64) -> String {
    format!("{DIRECTORY}/memory{phys_index}")
}

fn attribute(name: &str, opened: io::Result<Option<File>>) -> Result<Option<String>> {
    let file = opened.map_err(|error| cannot_open(name, error))?;
    let text = file.map(read_attribute).transpose();
    text.map_err(|error| Error::new(format!("pread sysfs file \"{name}\""), error))
}

fn cannot_open(name: &str, error: impl Into<io::Error>) -> Error {
    Error::new(format!("open sysfs file \"{name}\""), error)
}

/// Takes a block into use, or out of use; one that is in that state already is left alone.
pub fn set_online(root: &Root, phys_index: u64, online: bool) -> MemoryBlockResponse {
    let (response, error) = match turn(root, phys_index, online) {
        Ok(()) => (MemoryBlockResponseType::Success, None),
        Err((response, error)) => (response, error.raw_os_error().map(i64::from)),
    };
    MemoryBlockResponse { response, error_code: error, phys_index }
}

fn turn(
    root: &Root,
    phys_index: u64,
    online: bool,
) -> std::result::Result<(), (MemoryBlockResponseType, io::Error)> {
    use MemoryBlockResponseType as Response;
    let directory = directory_of(phys_index);
    if !root.exists(&directory) {
        return Err((Response::NotFound, Errno::ENOENT.into()));
    }
    let path = format!("{directory}/state");
    let state = match root.read_text(&path) {
        Ok(Some(state)) => state,
        Ok(None) => return Err((Response::OperationNotSupported, Errno::ENOENT.into())),
        Err(error) => return Err((Response::OperationFailed, error)),
    };
    if is_online(&state) == online {
        return Ok(());
    }
    let order: &[u8] = if online { b"online" } else { b"offline" };
    root.write(&path, order).map_err(|error| (Response::OperationFailed, error))
}

/// How large a block is.
pub fn block_info(root: &Root) -> Result<MemoryBlockInfo> {
    if !root.exists(DIRECTORY) {
        return Err(Error::new(format!("open(\"{DIRECTORY}/\")"), Errno::ENOENT));
    }
    let name = "block_size_bytes";
    let text = attribute(name, root.open(format!("{DIRECTORY}/{name}")))?
        .ok_or_else(|| cannot_open(name, Errno::ENOENT))?;
    let size = u64::from_str_radix(text.trim(), 16).ok();
    let size = size.ok_or_else(|| Error::told(format!("sysfs file \"{name}\" holds no number")))?;
    Ok(MemoryBlockInfo { size })
}

#[cfg(test)]
mod tests {
    use super::*;
    use qga_testkit::fixture;

    const MACHINE: &str = "\
/sys/devices/system/memory/block_size_bytes = 8000000
/sys/devices/system/memory/memory0/state = online
/sys/devices/system/memory/memory0/removable = 0
/sys/devices/system/memory/memory1/state = online
/sys/devices/system/memory/memory32/state = offline
/sys/devices/system/memory/memory32/removable = 1
/sys/devices/system/memory/memory33/
/sys/devices/system/memory/power/
";

    #[test]
    fn blocks_are_told_with_their_state() {
        let tree = fixture::unpack(&MACHINE.replace("/sys/devices/system/memory/memory33/\n", "")).unwrap();
        let mut blocks = blocks(&Root::at(tree.path())).unwrap();
        blocks.sort_by_key(|block| block.phys_index);
        let expected = [(0, true, false), (1, true, false), (32, false, true)];
        let expected = expected.map(|(phys_index, online, removable)| MemoryBlock {
            phys_index,
            online,
            can_offline: Some(removable),
        });
        assert_eq!(blocks, expected);
    }

    #[test]
    fn changing_a_block_is_answered_in_each_case() {
        use MemoryBlockResponseType::{NotFound, OperationNotSupported, Success};
        let tree = fixture::unpack(MACHINE).unwrap();
        let root = Root::at(tree.path());
        let table = [
            (32, true, Success, None),
            (32, true, Success, None),
            (0, false, Success, None),
            (33, true, OperationNotSupported, Some(2)),
            (99, true, NotFound, Some(2)),
        ];
        for (phys_index, online, response, error_code) in table {
            let expected = MemoryBlockResponse { response, error_code, phys_index };
            assert_eq!(set_online(&root, phys_index, online), expected);
        }
        assert_eq!(root.read_text("/sys/devices/system/memory/memory0/state").unwrap().unwrap(), "offline");
    }

    #[test]
    fn the_size_of_a_block_is_written_in_base_16() {
        let tree = fixture::unpack(MACHINE).unwrap();
        assert_eq!(block_info(&Root::at(tree.path())).unwrap().size, 128 << 20);
    }

    #[test]
    fn a_kernel_without_blocks_has_none_and_no_size() {
        let tree = fixture::unpack("").unwrap();
        let root = Root::at(tree.path());
        assert_eq!(blocks(&root).unwrap(), []);
        let told = block_info(&root).unwrap_err().to_string();
        assert_eq!(told, "open(\"/sys/devices/system/memory/\"): No such file or directory");
    }

    #[test]
    fn a_directory_without_blocks_is_an_error() {
        let tree = fixture::unpack("/sys/devices/system/memory/power/\n").unwrap();
        let told = blocks(&Root::at(tree.path())).unwrap_err().to_string();
        assert_eq!(told, "guest reported zero memory blocks!");
    }
}
