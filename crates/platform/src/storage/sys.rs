//! Asking an NVMe drive, by the kernel's interface for administrative commands: see `linux/nvme_ioctl.h`.
#![expect(unsafe_code, reason = "nix offers the ioctl as a macro that makes an unsafe function")]

use super::smart::Log;
use nix::errno::Errno;
use std::fs::File;
use std::os::fd::AsRawFd;

/// `struct nvme_admin_cmd`.
#[repr(C)]
#[derive(Default)]
struct AdminCommand {
    opcode: u8,
    flags: u8,
    reserved: u16,
    namespace: u32,
    cdw2: u32,
    cdw3: u32,
    metadata: u64,
    address: u64,
    metadata_length: u32,
    data_length: u32,
    cdw10: u32,
    cdw11: u32,
    cdw12: u32,
    cdw13: u32,
    cdw14: u32,
    cdw15: u32,
    /// Zero stands for the driver's own; a shorter one would have it reset a slow drive.
    timeout_ms: u32,
    result: u32,
}

nix::ioctl_readwrite!(admin_command, b'N', 0x41, AdminCommand);

const GET_LOG_PAGE: u8 = 2;
const HEALTH: u32 = 2;
const ALL_NAMESPACES: u32 = u32::MAX;
/// The length of the log in words of four bytes, less one, as the command wants it.
const LENGTH: u32 = 512 / 4 - 1;

/// The health log of the drive that `device` is a namespace of.
pub(super) fn health_log(device: &File) -> nix::Result<Log> {
    let mut log: Log = [0; 512];
    let mut command = AdminCommand {
        opcode: GET_LOG_PAGE,
        namespace: ALL_NAMESPACES,
        address: log.as_mut_ptr().expose_provenance() as u64,
        data_length: 512,
        cdw10: LENGTH << 16 | HEALTH,
        ..AdminCommand::default()
    };
    // SAFETY: the descriptor is open for as long as `device` is borrowed; `command` has the layout of the
    // kernel's structure and outlives the call; its address and length are those of `log`, which the kernel
    // alone writes to until the call returns.
    let status = unsafe { admin_command(device.as_raw_fd(), &raw mut command) }?;
    // A positive value is the drive's own refusal.
    if status == 0 { Ok(log) } else { Err(Errno::EIO) }
}
