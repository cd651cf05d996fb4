#![expect(unsafe_code, reason = "nix offers these ioctls as macros that make unsafe functions")]

use super::Trimmed;
use nix::libc::c_int;
use std::fs::File;
use std::os::fd::AsRawFd;

/// The kernel's `struct fstrim_range`.
#[repr(C)]
struct FstrimRange {
    start: u64,
    len: u64,
    minlen: u64,
}

mod ioctl {
    use super::FstrimRange;
    use nix::libc::c_int;

    nix::ioctl_readwrite!(fifreeze, b'X', 119, c_int);
    nix::ioctl_readwrite!(fithaw, b'X', 120, c_int);
    nix::ioctl_readwrite!(fitrim, b'X', 121, FstrimRange);
}

pub(super) fn freeze(file: &File) -> nix::Result<()> {
    let mut unused: c_int = 0;
    // SAFETY: the descriptor is open as long as `file` lives; the kernel does not use the argument, which is
    // of the type that the request's number tells nonetheless.
    unsafe { ioctl::fifreeze(file.as_raw_fd(), &raw mut unused) }.map(drop)
}

pub(super) fn thaw(file: &File) -> nix::Result<()> {
    let mut unused: c_int = 0;
    // SAFETY: as for `freeze`.
    unsafe { ioctl::fithaw(file.as_raw_fd(), &raw mut unused) }.map(drop)
}

pub(super) fn trim(file: &File, minimum: u64) -> nix::Result<Trimmed> {
    let mut range = FstrimRange { start: 0, len: u64::MAX, minlen: minimum };
    // SAFETY: the descriptor is open as long as `file` lives; the kernel reads and writes one `fstrim_range`,
    // whose layout `FstrimRange` has.
    unsafe { ioctl::fitrim(file.as_raw_fd(), &raw mut range) }?;
    Ok(Trimmed { trimmed: range.len, minimum: range.minlen })
}
