#![expect(unsafe_code, reason = "the local calendar is the C library's")]

use nix::libc;
use std::mem::MaybeUninit;

/// The year of a moment, in seconds since 1970, by the calendar of the system's timezone.
pub(super) fn local_year(seconds: i64) -> Option<i64> {
    let seconds = libc::time_t::try_from(seconds).ok()?;
    let mut broken_down = MaybeUninit::<libc::tm>::uninit();
    // SAFETY: both pointers are to live memory of the right type; the second is only written to. The
    // environment, where it looks for TZ, is changed by nobody in this process.
    let filled = unsafe { libc::localtime_r(&raw const seconds, broken_down.as_mut_ptr()) };
    if filled.is_null() {
        return None;
    }
    // SAFETY: localtime_r answers with its second argument only after it has filled it.
    let broken_down = unsafe { broken_down.assume_init() };
    Some(i64::from(broken_down.tm_year) + 1900)
}
